"""`python -m worker_runtime`: run the worker that the environment describes."""

from __future__ import annotations

import os
import sys

from worker_runtime.ecs.scale_in_protection import protection_of
from worker_runtime.errors import SettingsError
from worker_runtime.handler import Handler, load_handler
from worker_runtime.health import any_busy
from worker_runtime.process.signals import Signals
from worker_runtime.process.supervised import Supervised
from worker_runtime.process.supervisor import Supervisor
from worker_runtime.settings import Settings
from worker_runtime.telemetry.json_log import CLOSE_SECONDS, JsonLog
from worker_runtime.telemetry.python_logging import start_logging
from worker_runtime.telemetry.trace import traced

EXIT_BAD_SETTINGS = 2


def main() -> int:
    """Return the exit code: 0 after a complete drain, 1 where work was cut, 2 where the settings are
    wrong."""
    with Signals() as signals:
        try:
            settings, handler = _settings_and_handler()
        except SettingsError as error:
            _write_problems(error.problems)
            return EXIT_BAD_SETTINGS
        return _run(settings, handler, signals)


def _settings_and_handler() -> tuple[Settings, Handler]:
    """Read the settings and import the handler; the problems of both are reported together."""
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
    return settings, handler.with_batch_size(settings.batch_size) if settings.batch_size else handler


def _write_problems(problems: list[str]) -> None:
    """Tell a person, on stderr, what keeps the worker from starting."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    sys.stderr.write(f"The worker cannot start: {count}.\n" + "".join(f"  - {problem}\n" for problem in problems))


def _run(settings: Settings, handler: Handler, signals: Signals) -> int:
    log = start_logging(settings.log_level)
    log.event(
        "worker_started",
        queue=settings.queue_name,
        handler=settings.handler,
        concurrency=settings.concurrency,
        processes=settings.processes,
    )
    exit_code = (_consume if settings.processes == 1 else _supervise)(settings, handler, signals, log)
    log.event("worker_stopped", exit_code=exit_code)
    log.close(CLOSE_SECONDS)
    return exit_code


def _consume(settings: Settings, handler: Handler, signals: Signals, log: JsonLog) -> int:
    # Imported late: boto3 takes a quarter of a second, and a wrong setting should not have to wait for it.
    from worker_runtime.process.consumer import Consumer  # noqa: PLC0415
    from worker_runtime.sqs.queue import Queue  # noqa: PLC0415
    from worker_runtime.sqs.wire_transport import open_transport  # noqa: PLC0415

    queue = Queue(settings.queue_uri, open_transport(settings.transport, settings.queue_region))
    wait = Supervised(signals.wait, settings.supervisor_pid).wait if settings.supervisor_pid else signals.wait
    return Consumer(settings, traced(handler, settings.queue_name), queue, log).run(wait)


def _supervise(settings: Settings, handler: Handler, signals: Signals, log: JsonLog) -> int:  # noqa: ARG001
    supervisor = Supervisor(settings.processes, os.environ, log)
    with protection_of(settings, lambda: any_busy(settings.health_directory), log):
        return supervisor.run(signals.wait, settings.drain_seconds)


if __name__ == "__main__":
    exit_code = main()
    sys.stdout.flush()
    # Not sys.exit: a handler that hangs in a thread must not keep the process from leaving.
    os._exit(exit_code)
