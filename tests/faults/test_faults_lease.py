"""Leases that have to be extended, and leases that are lost: F13 to F17."""

from __future__ import annotations

import signal
import time

import pytest

from local.emulator.sqs import box_queue
from tests.support.fault_lab import FaultLab
from tests.support.fault_proxy import THROTTLED, UNAVAILABLE, Call, Fault, Rule
from tests.support.worker_queue import wait_until

#: Leases take seconds to run out.
pytestmark = pytest.mark.slow


def cut_off_after_the_first_receive() -> Rule:
    """A rule: a worker gets its messages, and then every call of its own fails."""
    receives: list[Call] = []

    def rule(call: Call) -> Fault | None:
        if call.operation == "ReceiveMessage" and not receives:
            receives.append(call)
            return None
        return UNAVAILABLE if receives else None

    return rule


@pytest.mark.parametrize("handler", ["handle", "handle_async"])
def test_f13_a_handler_longer_than_the_visibility_timeout_runs_once(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=2)
    lab.send(queue, {"key": "a", "seconds": 5})
    with lab.worker(queue, handler) as first, lab.direct_worker(queue, handler) as second:
        lab.wait_until_done(queue)
        assert (first.stop(), second.stop()) == (0, 0)
    assert [attempt.number for attempt in lab.attempts("a")] == [1]


def test_f14_messages_that_wait_longer_than_the_visibility_timeout_run_once(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=2, fifo=True)
    lab.send(queue, {"key": "a", "seconds": 5}, "b", "c", group="x")
    with lab.worker(queue) as first, lab.direct_worker(queue) as second:
        lab.wait_until_done(queue)
        assert (first.stop(), second.stop()) == (0, 0)
    assert [(attempt.key, attempt.number) for attempt in lab.ledger.attempts] == [("a", 1), ("b", 1), ("c", 1)]
    lab.assert_each_done_once()


def test_f14_messages_that_lapse_while_they_wait_are_dropped_unstarted(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=2, max_receive_count=10, fifo=True)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)}, "b", "c", group="x")
    lab.proxy.rule = cut_off_after_the_first_receive()
    with lab.worker(queue) as first:
        first.wait_for("lease_lost", 3)
        with lab.direct_worker(queue) as second:
            lab.wait_for_attempts("a", 2)
            go.touch()
            lab.wait_until_done(queue)
            assert second.stop() == 0
        first.stop()
    assert {attempt.pid for attempt in lab.ledger.attempts if attempt.key != "a"} == {second.process.pid}
    assert lab.ledger.out_of_order({"x": ["a", "b", "c"]}, set()) == []


def test_f15_a_heartbeat_that_fails_twice_is_made_up_for(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=6)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    faults = [THROTTLED, UNAVAILABLE]
    is_heartbeat = "ChangeMessageVisibilityBatch"
    lab.proxy.rule = lambda call: faults.pop() if call.operation == is_heartbeat and faults else None
    with lab.worker(queue) as worker:
        started = lab.wait_for_attempts("a")[0].started_at
        wait_until(lambda: time.monotonic() > started + 7, "the first lease to be over")
        go.touch()
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert len(lab.proxy.faults(is_heartbeat)) == 2
    assert worker.actions("lease_lost") == []
    lab.assert_each_done_once("a")


@pytest.mark.parametrize("handler", ["handle", "handle_async"])
def test_f15_a_lost_lease_tells_the_handler_and_its_result_is_not_acknowledged(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=2)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    lab.proxy.rule = cut_off_after_the_first_receive()
    with lab.worker(queue, handler) as first:
        first.wait_for("lease_lost")
        with lab.direct_worker(queue, handler) as second:
            lab.wait_for_attempts("a", 2)
            go.touch()
            lab.wait_until_done(queue)
            assert second.stop() == 0
        wait_until(lambda: lab.attempts("a")[0].outcome, "the end of the first handler")
        first.stop()
    assert first.actions("message_processed") == []
    assert lab.attempts("a")[0].cancelled
    assert lab.proxy.calls("DeleteMessageBatch") == []


def test_f16_twelve_hours_after_the_receive_the_lease_ends(lab: FaultLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides have eight seconds instead of twelve hours."""
    monkeypatch.setattr(box_queue, "MAXIMUM_VISIBILITY_SECONDS", 8)
    shortened = "from worker_runtime.sqs import quotas\nquotas.IN_FLIGHT_MOST_SECONDS = 8\n"
    (lab.directory / "sitecustomize.py").write_text(shortened)
    queue = lab.queue(visibility_seconds=2)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    with lab.worker(queue) as first:
        first.wait_for("lease_lost")
        held_seconds = time.monotonic() - lab.attempts("a")[0].started_at
        go.touch()
        wait_until(lambda: len(lab.attempts("a")) == 2, "the message to come again")
        lab.wait_until_done(queue)
        first.stop()
    assert held_seconds > 5
    assert lab.attempts("a")[0].cancelled


def test_f17_an_acknowledgement_after_the_lease_is_not_sent(lab: FaultLab) -> None:
    """The first worker sleeps through its lease, as on a machine that stalls."""
    queue = lab.queue(visibility_seconds=2)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    with lab.worker(queue) as first, lab.direct_worker(queue) as second:
        attempt = lab.wait_for_attempts("a")[0]
        stalled, other = (first, second) if attempt.pid == first.process.pid else (second, first)
        stalled.process.send_signal(signal.SIGSTOP)
        lab.wait_for_attempts("a", 2)
        go.touch()
        stalled.process.send_signal(signal.SIGCONT)
        lab.wait_until_done(queue)
        stalled.wait_for("handler_finished_late")
        other.wait_for("message_processed")
        assert (first.stop(), second.stop()) == (0, 0)
    assert stalled.actions("message_processed") == []
    assert len(stalled.actions("lease_lost")) == 1
    assert lab.ledger.duplicates == {"a": 1}


def test_f17_a_delete_with_an_old_handle_starts_no_storm(lab: FaultLab) -> None:
    """The answer to the receive is so late that the lease is over when the message arrives."""
    queue = lab.queue(visibility_seconds=1, max_receive_count=10)
    lab.send(queue, "a")
    first_answer = [Fault(late_seconds=3)]

    def late_once(call: Call) -> Fault | None:
        return first_answer.pop() if call.operation == "ReceiveMessage" and first_answer else None

    lab.proxy.rule = late_once
    with lab.worker(queue) as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert len(lab.proxy.calls("DeleteMessageBatch")) <= 3
