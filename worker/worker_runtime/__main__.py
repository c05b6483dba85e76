"""`python -m worker_runtime`: run the worker that the environment describes."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import traceback
from typing import Any

from worker_runtime.ecs.scale_in_protection import protection_of
from worker_runtime.errors import SettingsError
from worker_runtime.handler import Handler, load_handler
from worker_runtime.handling.large_bodies import large_bodies
from worker_runtime.health import any_busy
from worker_runtime.process.scaling_warnings import scaling_warnings
from worker_runtime.process.signals import Signals
from worker_runtime.process.supervised import Supervised
from worker_runtime.process.supervisor import Supervisor
from worker_runtime.publishing.publish import keep_large_bodies
from worker_runtime.routing import load_handlers
from worker_runtime.settings import Settings
from worker_runtime.telemetry.json_log import JsonLog
from worker_runtime.telemetry.python_logging import start_logging
from worker_runtime.telemetry.trace import traced

_STDERR = 2
_FLUSH_SECONDS = 0.5
EXIT_FAILED = 1
EXIT_BAD_SETTINGS = 2


def main(signals: Signals) -> int:
    """Return the exit code: 0 after a complete drain, 1 where work was cut, 2 where the settings are
    wrong."""
    _open_standard_descriptors()
    try:
        settings, handlers = _settings_and_handlers()
    except SettingsError as error:
        _write_problems(error.problems)
        return EXIT_BAD_SETTINGS
    signals.collect()
    return _run(settings, handlers, signals)


def _open_standard_descriptors() -> None:
    """Have all three: the number of one that is closed would go to the next file or connection, and lines with it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _settings_and_handlers() -> tuple[Settings, list[Handler]]:
    """Read the settings and import the handler of each queue; the problems of both are reported together."""
    problems: list[str] = []
    settings = handler = None
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        problems += error.problems
    path = os.environ.get("WORKER_HANDLER", "")
    if not any(problem.startswith("WORKER_HANDLER:") for problem in problems):
        try:
            handler = load_handler(path)
        except SettingsError as error:
            problems += error.problems
    if settings is None or handler is None:
        raise SettingsError(problems)
    if settings.batch_size:
        handler = handler.with_batch_size(settings.batch_size)
    return settings, load_handlers(settings.queues, handler)


def _write_problems(problems: list[str]) -> None:
    """Tell a person, on stderr, what keeps the worker from starting."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    # What is closed has no stream, and what is full takes nothing: the exit code still tells.
    with contextlib.suppress(AttributeError, OSError):
        sys.stderr.write(f"The worker cannot start: {count}.\n" + "".join(f"  - {problem}\n" for problem in problems))


def _run(settings: Settings, handlers: list[Handler], signals: Signals) -> int:
    log = start_logging(settings.log_level, error_texts=settings.error_texts)
    queues = {queue.key: queue.name for queue in settings.queues}
    more: dict[str, Any] = {"queues": queues} if len(queues) > 1 else {}
    log.event(
        "worker_started",
        queue=settings.queue_name,
        handler=settings.handler,
        concurrency=settings.concurrency,
        processes=settings.processes,
        **more,
    )
    # Each of several processes would say the same.
    for warning in [] if settings.supervisor_pid else _scaling_warnings(settings, handlers):
        log.event("scaling_warning", "WARNING", message=warning)
    try:
        exit_code = (_consume if settings.processes == 1 else _supervise)(settings, handlers, signals, log)
    except SettingsError as error:  # AWS's own settings, which boto3 reads
        _write_problems(error.problems)
        exit_code = EXIT_BAD_SETTINGS
    except BaseException:  # a thread that the system refuses at the start, or a fault of the runtime
        log.event("thread_failed", "ERROR", thread="main", error=traceback.format_exc())
        exit_code = EXIT_FAILED
    log.event("worker_stopped", exit_code=exit_code)
    log.close(settings.log_seconds)
    return exit_code


def _scaling_warnings(settings: Settings, handlers: list[Handler]) -> list[str]:
    by_queue = {queue.name: handler for queue, handler in zip(settings.queues, handlers, strict=True)}
    return scaling_warnings(by_queue, settings.batch_size)


def _consume(settings: Settings, handlers: list[Handler], signals: Signals, log: JsonLog) -> int:
    # Imported late: boto3 takes a quarter of a second, and a wrong setting should not have to wait for it.
    from worker_runtime.process.consumer import Consumer  # noqa: PLC0415
    from worker_runtime.process.message_flow import Source  # noqa: PLC0415
    from worker_runtime.sqs.open_transport import LateTransport, open_transport  # noqa: PLC0415
    from worker_runtime.sqs.queue import Queue  # noqa: PLC0415

    if settings.large_messages:
        keep_large_bodies(settings.large_messages)
        step = large_bodies(settings.large_messages)
        handlers = [handler.within(step) for handler in handlers]
    transport = LateTransport(lambda: open_transport(settings.transport, settings.queue_region))
    wait = Supervised(signals.wait, settings.supervisor_pid).wait if settings.supervisor_pid else signals.wait
    sources = [
        Source(
            of_queue,
            Queue(of_queue.uri, transport, of_queue.key),
            traced(handler, of_queue.name, error_texts=settings.error_texts),
        )
        for of_queue, handler in zip(settings.queues, handlers, strict=True)
    ]
    return Consumer(settings, sources, log).run(wait)


def _supervise(settings: Settings, handlers: list[Handler], signals: Signals, log: JsonLog) -> int:  # noqa: ARG001
    supervisor = Supervisor(settings.processes, settings.health_directory, os.environ, log)
    with protection_of(settings, lambda: any_busy(settings.health_directory), log):
        return supervisor.run(signals.wait, settings.stop_timeout_seconds)


def _flush_standard_output() -> None:
    """Write what handlers have printed, in a moment or not at all: whoever reads it may read no longer."""

    def flush() -> None:
        with contextlib.suppress(Exception):
            sys.stdout.flush()

    thread = threading.Thread(target=flush, daemon=True)
    thread.start()
    thread.join(_FLUSH_SECONDS)


if __name__ == "__main__":
    # To the very end: one more signal must not take the place of the exit code.
    with Signals() as signals:
        exit_code = EXIT_FAILED
        try:
            exit_code = main(signals)
        except BaseException:
            traceback.print_exc()
        try:
            _flush_standard_output()
        finally:
            # Not sys.exit: a handler that hangs in a thread must not keep the process from leaving, and a stdout that a
            # handler has closed must not change the code.
            os._exit(exit_code)
