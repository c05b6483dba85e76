"""Handlers that treat their process badly, and machines that treat the worker so: F90 to F94."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from tests.support.fault_lab import FaultLab
from tests.support.worker_queue import wait_until

_ROUGH = "tests.support.rough_handlers.handle"


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize(
    "rough",
    [
        "recurse",
        "interrupt",
        "close_all",
        "leave_the_folder",
        "replace_the_streams",
        "leave_threads",
        "ignore_signals",
        "exec_in_a_child",
        "clear_the_environment",
    ],
)
def test_f90_what_a_handler_does_to_its_process_costs_that_message_alone(
    lab: FaultLab, rough: str, processes: str
) -> None:
    queue = lab.queue(visibility_seconds=5)
    with lab.direct_worker(queue, _ROUGH, WORKER_PROCESSES=processes) as worker:
        lab.send(queue, {"key": "rough", "rough": rough}, *(f"m{number}" for number in range(20)))
        lab.wait_until_done(queue)
        lab.send(queue, *(f"later{number}" for number in range(20)))
        lab.wait_until_done(queue)
        wait_until(lambda: lab.health() == [], "a worker that is well")
        assert worker.stop() == 0
    assert lab.ledger.done == set(lab._sent)
    assert queue.dead_letters() == []


@pytest.fixture
def terminal() -> Iterator[None]:
    """Let workers hear SIGHUP where the tests were started without a terminal, by nohup: they take that from here."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("processes", ["1", "2"])
def test_f91_the_sighup_of_a_closed_terminal_drains(lab: FaultLab, processes: str) -> None:
    queue = lab.queue(visibility_seconds=600)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    with lab.worker(queue, WORKER_PROCESSES=processes) as worker:
        lab.wait_for_attempts("a")
        worker.process.send_signal(signal.SIGHUP)
        worker.wait_for("drain_started")
        go.touch()
        assert worker.wait() == 0
    lab.assert_each_done_once()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_f92_a_storm_of_signals_hands_back_what_is_held(lab: FaultLab, processes: str) -> None:
    queue = lab.queue(visibility_seconds=600)
    lab.send(queue, *({"key": f"m{number}", "until": str(lab.directory / "never")} for number in range(30)))
    with lab.worker(queue, WORKER_PROCESSES=processes, WORKER_STOP_TIMEOUT_SECONDS="120") as worker:
        wait_until(lambda: len(lab.ledger.attempts) >= 10, f"running handlers: {queue.counts()} {worker.lines}")
        while worker.process.poll() is None:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                worker.process.send_signal(number)
            time.sleep(0.001)
        assert worker.wait() == 1
    assert queue.counts() == (30, 0)


def test_f93_a_worker_that_stood_still_for_longer_than_its_leases_goes_on(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=2, max_receive_count=5)
    go = lab.directory / "go"
    lab.send(queue, {"key": "held", "until": str(go)}, *(f"m{number}" for number in range(5)))
    with lab.worker(queue) as worker:
        wait_until(lambda: len(lab.ledger.done) == 5 and queue.counts() == (0, 1), "one message that is held")
        worker.process.send_signal(signal.SIGSTOP)
        # A poll that is under way may take it again at once: it need not be seen visible.
        time.sleep(3)
        worker.process.send_signal(signal.SIGCONT)
        # By its clock, or by the poll that has brought it again.
        wait_until(lambda: worker.actions("lease_lost") or worker.actions("message_received_again"), "a lapsed lease")
        go.touch()
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert queue.dead_letters() == []


_FEW_DESCRIPTORS = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({most}, {most}))
from tests.support.fault_handlers import handle
"""


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("most", [64, 24])
def test_f94_a_worker_with_few_descriptors_works(lab: FaultLab, most: int, processes: str) -> None:
    (lab.directory / "few.py").write_text(_FEW_DESCRIPTORS.format(most=most))
    queue = lab.queue(visibility_seconds=30)
    lab.send(queue, *(f"m{number}" for number in range(50)))
    with lab.worker(queue, "few.handle", WORKER_PROCESSES=processes, WORKER_CONCURRENCY="20") as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    lab.assert_each_done_once()
