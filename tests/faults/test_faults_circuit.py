"""Most handlers fail, and the worker is to slow down: F87."""

from __future__ import annotations

import time

import pytest

from tests.support.fault_lab import FaultLab
from tests.support.worker_queue import wait_until

PERCENT = {"WORKER_CIRCUIT_BREAKER_PERCENT": "50"}
FAILING = 30


@pytest.mark.parametrize("handler", ["handle", "handle_async", "handle_batch"])
@pytest.mark.parametrize("fifo", [False, True])
def test_f87_good_messages_keep_their_tries_and_a_stop_is_not_kept_waiting(
    lab: FaultLab, handler: str, fifo: bool
) -> None:
    queue = lab.queue(fifo=fifo, max_receive_count=10)
    well = lab.directory / "well"
    for number in range(FAILING):
        plan = {"key": f"k-{number}", "fail_until": str(well)}
        lab.send(queue, plan, group=f"g-{number}" if fifo else None)
    with lab.worker(queue, handler, **PERCENT, WORKER_CONCURRENCY="2") as worker:
        (opened,) = worker.wait_for("circuit_opened")
        assert opened["failed"] == opened["handlers"] >= 10
        time.sleep(1)  # some were under way
        asked = len(lab.proxy.calls("ReceiveMessage"))
        time.sleep(2)
        # The first pause of five seconds is not over.
        assert len(lab.proxy.calls("ReceiveMessage")) == asked
        assert lab.health() == []
        asked_at = time.monotonic()
        assert worker.stop() == 0
        assert time.monotonic() - asked_at <= 10
    assert queue.dead_letters() == []
    wait_until(lambda: queue.counts() == (FAILING, 0), "all of them visible")
    well.touch()
    with lab.worker(queue, handler, **PERCENT):
        lab.wait_until_done(queue)


def test_f87_one_queue_that_fails_slows_no_other(lab: FaultLab) -> None:
    failing, other = lab.queue(max_receive_count=10), lab.queue()
    well = lab.directory / "well"
    lab.send(failing, *({"key": f"f-{number}", "fail_until": str(well)} for number in range(FAILING)))
    with lab.worker(failing, WORKER_QUEUES=lab.beside(other=other), **PERCENT) as worker:
        (opened,) = worker.wait_for("circuit_opened")
        assert opened["queue"] == "main"
        keys = [f"o-{number}" for number in range(100)]
        lab.send(other, *keys)
        lab.wait_until_done(other, keys)
        assert not worker.actions("circuit_closed")
        well.touch()
        (closed,) = worker.wait_for("circuit_closed")
        assert closed["queue"] == "main"
        lab.wait_until_done(failing)
    assert failing.dead_letters() == []
