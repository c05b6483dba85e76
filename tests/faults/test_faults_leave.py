"""The end of a worker that something keeps from it: F39, F40, F42 to F47."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_lab import FaultLab
from tests.support.fault_proxy import Call, Fault
from tests.support.worker_queue import DEADLINE_SECONDS, wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def black_hole() -> Iterator[Fault]:
    """SQS takes calls and never answers."""
    release = threading.Event()
    yield Fault(reset="before", hold=release)
    release.set()


@pytest.mark.parametrize("transport", ["wire", "boto3"])
@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("stop_timeout_seconds", [2, 3, 9])
@pytest.mark.parametrize("handlers_end", [True, False], ids=["ending", "hanging"])
def test_f39_sqs_that_never_answers_holds_the_stop_up_no_longer_than_its_time(
    lab: FaultLab, black_hole: Fault, handlers_end: bool, stop_timeout_seconds: int, processes: str, transport: str
) -> None:
    queue = lab.queue(visibility_seconds=60, fifo=True)
    go = lab.directory / "go"
    lab.send(queue, {"key": "first", "until": str(go)}, *(f"m{number}" for number in range(40)), group="g")
    settings = {
        "WORKER_STOP_TIMEOUT_SECONDS": str(stop_timeout_seconds),
        "WORKER_PROCESSES": processes,
        "WORKER_TRANSPORT": transport,
    }
    with lab.worker(queue, **settings) as worker:
        wait_until(lambda: queue.counts()[1] >= 10, "followers")
        lab.proxy.rule = lambda _: black_hole
        began = time.monotonic()
        worker.process.send_signal(signal.SIGTERM)
        if handlers_end:
            go.touch()
        assert worker.wait() == 1
    assert time.monotonic() - began < stop_timeout_seconds


@pytest.mark.parametrize("processes", ["1", "2"])
def test_f42_sigterm_while_the_first_call_hangs_ends_the_worker_at_once(
    lab: FaultLab, black_hole: Fault, processes: str
) -> None:
    lab.proxy.rule = lambda _: black_hole
    queue = lab.queue()
    with lab.worker(queue, WORKER_PROCESSES=processes) as worker:
        wait_until(lambda: len(lab.proxy.calls("GetQueueAttributes")) >= int(processes), "the first call")
        began = time.monotonic()
        assert worker.stop() == 0
    assert time.monotonic() - began < 3


def odd_worker(lab: FaultLab, module: str, **environment: str) -> dict[str, str]:
    """The environment of a worker whose handler is `handle` of a module of this text."""
    (lab.directory / "odd_module.py").write_text(module)
    return {"handler": "odd_module.handle", **environment}


HANGS_AT_IMPORT = "import pathlib, time; pathlib.Path('began').touch(); time.sleep(60)"


@pytest.mark.parametrize("processes", ["1", "2"])
def test_f42_sigterm_while_the_handlers_module_hangs_ends_the_worker_at_once(lab: FaultLab, processes: str) -> None:
    queue = lab.queue()
    with lab.worker(queue, **odd_worker(lab, HANGS_AT_IMPORT, WORKER_PROCESSES=processes)) as worker:
        wait_until((lab.directory / "began").exists, "the import")
        began = time.monotonic()
        assert worker.stop() == 0
    assert time.monotonic() - began < 3


SETS_SIGNALS = """
import signal, sys, time
from worker_runtime import Message

signal.signal(signal.SIGTERM, {handler})
signal.signal(signal.SIGINT, {handler})
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])

from tests.support.fault_handlers import handle
"""


@pytest.mark.parametrize("handler", ["signal.SIG_IGN", "signal.SIG_DFL", "lambda *_: sys.exit(0)"])
def test_f43_signals_that_the_handlers_module_sets_do_not_count(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=60)
    go = lab.directory / "go"
    lab.send(queue, *({"key": f"m{number}", "until": str(go)} for number in range(10)))
    with lab.worker(queue, **odd_worker(lab, SETS_SIGNALS.format(handler=handler))) as worker:
        wait_until(lambda: len(lab.ledger.attempts) == 10, "ten running handlers")
        worker.process.send_signal(signal.SIGTERM)
        worker.wait_for("drain_started")
        go.touch()
        assert worker.wait() == 0
    assert queue.is_empty()
    lab.assert_each_done_once()


RAISES_IN_THE_MAIN_THREAD = """
import signal, sys
from tests.support.fault_handlers import handle

signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))
"""


def test_f43_an_exit_by_another_signal_leaves_nothing_behind_and_is_no_success(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=60)
    go = lab.directory / "go"
    lab.send(queue, *({"key": f"m{number}", "until": str(go)} for number in range(10)))
    with lab.worker(queue, **odd_worker(lab, RAISES_IN_THE_MAIN_THREAD)) as worker:
        wait_until(lambda: len(lab.ledger.attempts) == 10, "ten running handlers")
        worker.process.send_signal(signal.SIGUSR1)
        worker.wait_for("drain_started")
        go.touch()
        assert worker.wait() == 1
    assert queue.is_empty()
    assert "SystemExit: 0" in worker.actions("thread_failed")[0]["error"]


@pytest.mark.parametrize("text", ["sys.exit(0)", "sys.exit()", "raise KeyboardInterrupt", "raise BaseException"])
def test_f43_a_module_that_exits_at_its_import_is_a_wrong_setting(
    lab: FaultLab, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with lab.worker(lab.queue(), **odd_worker(lab, f"import sys; {text}")) as worker:
        assert worker.wait() == 2
    assert "WORKER_HANDLER: 'odd_module.handle' is not a function that can be imported: " in capfd.readouterr().err


def test_f44_a_handler_that_closes_stdout_does_no_harm(lab: FaultLab) -> None:
    """The next connection gets the number of the descriptor that it closed."""
    queue = lab.queue(visibility_seconds=60)
    lab.send(queue, {"key": "a", "act": "close_stdout"})
    with lab.worker(queue) as worker:
        lab.wait_until_done(queue)
        lab.send(queue, *(f"m{number}" for number in range(50)))
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert len(worker.actions("message_processed")) == 51
    assert worker.actions("receive_failed") == []


CLOSES_SYS_STDOUT = """
import sys
from tests.support.fault_handlers import handle

{how}
"""


@pytest.mark.parametrize("how", ["sys.stdout.close()", "sys.stdout = None"])
def test_f44_a_closed_stdout_does_not_change_the_exit_code(lab: FaultLab, how: str) -> None:
    queue = lab.queue()
    lab.send(queue, "a")
    with lab.worker(queue, **odd_worker(lab, CLOSES_SYS_STDOUT.format(how=how))) as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    lab.assert_each_done_once()


def test_f44_a_worker_without_a_stdout_works(lab: FaultLab) -> None:
    queue = lab.queue()
    lab.send(queue, "a")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'worker'}:{ROOT}",
        "LEDGER_FILE": str(lab.directory / "ledger.jsonl"),
        "WORKER_HEALTH_DIRECTORY": str(lab.directory / "health"),
        **queue.environment("tests.support.fault_handlers.handle"),
    }
    command = ["sh", "-c", f"exec {sys.executable} -m worker_runtime >&-"]
    with subprocess.Popen(command, env=environment) as process:
        try:
            lab.wait_until_done(queue)
            process.terminate()
            assert process.wait(DEADLINE_SECONDS) == 0
        finally:
            process.kill()
    lab.assert_each_done_once()


FORKS = """
import asyncio, os, pathlib
from worker_runtime import Message

def fork(message: Message) -> None:
    child = os.fork()
    if child:
        pathlib.Path("code").write_text(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
    elif message.body == "raise":
        raise RuntimeError("in the child")
    elif message.body == "exit":
        raise SystemExit(3)

{handler}
"""
HANDLERS = ["handle = fork", "async def handle(message: Message) -> None:\n    fork(message)"]


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize(("body", "code"), [("return", "0"), ("raise", "1"), ("exit", "3")])
def test_f45_a_forked_child_ends_with_the_handler(lab: FaultLab, handler: str, body: str, code: str) -> None:
    queue = lab.queue(visibility_seconds=60)
    with lab.worker(queue, **odd_worker(lab, FORKS.format(handler=handler))) as worker:
        queue.send(body)
        worker.wait_for("message_processed")
        wait_until(queue.is_empty, "the delete")
        assert worker.stop() == 0
    assert (lab.directory / "code").read_text() == code
    assert len(worker.actions("message_processed")) == 1


def test_f46_a_message_whose_lease_was_lost_does_not_run_beside_its_own_handler(lab: FaultLab) -> None:
    """Heartbeats fail until SQS delivers the message again, to the same worker."""
    queue = lab.queue(visibility_seconds=2, max_receive_count=10)
    go = lab.directory / "go"
    lab.proxy.rule = lambda call: _refuse_extensions(call)
    with lab.worker(queue) as worker:
        lab.send(queue, {"key": "a", "until": str(go)})
        worker.wait_for("lease_lost")
        lab.proxy.rule = None
        wait_until(lambda: queue.counts() == (0, 1), "the message to be received again")
        assert len(lab.attempts("a")) == 1
        go.touch()
        lab.wait_for_attempts("a", 2)
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert lab.ledger.overlaps(lab.died_at) == []


def _refuse_extensions(call: Call) -> Fault | None:
    is_extension = call.operation == "ChangeMessageVisibilityBatch"
    return Fault(status=503, code="ServiceUnavailable") if is_extension else None


TAKES_ALL_DESCRIPTORS = """
import os, resource
from tests.support.fault_handlers import _begin, _note
from worker_runtime import Message

def handle(message: Message) -> None:
    plan = _begin(message)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    _note("done", message, plan)
"""


@pytest.mark.slow
def test_f47_the_health_check_says_that_descriptors_have_run_out(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=60)
    lab.send(queue, "a")
    with lab.worker(queue, **odd_worker(lab, TAKES_ALL_DESCRIPTORS)):
        wait_until(lambda: lab.ledger.done, "the handler")
        # No new connection from now on.
        lab.proxy.rule = lambda _: Fault(reset="before")
        wait_until(lambda: "Too many open files" in str(lab.health()), "the reason", timeout_seconds=60)
