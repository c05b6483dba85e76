"""Processes that die: F1, F2, F9, F10.

A killed process may leave a long poll behind, which takes a message once more: receive counts are not asserted.
"""

from __future__ import annotations

import threading

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import Fault
from tests.support.worker_queue import wait_until


def test_f01_kill_9_mid_handler_runs_the_message_once_more(lab: FaultLab) -> None:
    queue = lab.queue(max_receive_count=10)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    with lab.worker(queue) as first:
        lab.wait_for_attempts("a")
        lab.kill(first)
    assert queue.counts() == (0, 1)
    go.touch()
    with lab.worker(queue) as second:
        lab.wait_until_done(queue)
        assert second.stop() == 0
    assert [attempt.outcome for attempt in lab.attempts("a")] == [None, "done"]
    lab.assert_each_done_once("a")


def test_f02_kill_9_between_handler_and_delete_repeats_the_message_under_its_own_id(lab: FaultLab) -> None:
    queue = lab.queue()
    killed = threading.Event()
    lose = Fault(reset="before", hold=killed)
    lab.send(queue, "a")
    lab.proxy.rule = lambda call: lose if call.operation == "DeleteMessageBatch" else None
    with lab.worker(queue) as first:
        wait_until(lambda: lab.proxy.calls("DeleteMessageBatch"), "the delete")
        before = first.wait_for("message_processed")
        lab.kill(first)
        killed.set()
    with lab.direct_worker(queue) as second:
        wait_until(queue.is_empty, "an empty queue")
        after = second.wait_for("message_processed")
        assert second.stop() == 0
    assert lab.ledger.duplicates == {"a": 1}
    assert [line["message_id"] for line in before] == [line["message_id"] for line in after]


@pytest.mark.parametrize("handler", ["handle", *slow("handle_async")])
@pytest.mark.parametrize("act", ["system_exit", *slow("base_exception")])
def test_f09_a_handler_that_wants_to_exit_fails_its_message_alone(lab: FaultLab, act: str, handler: str) -> None:
    queue = lab.queue()
    lab.send(queue, "a", {"key": "bad", "act": act, "acts": 1}, "b", "c")
    with lab.worker(queue, handler) as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert [(attempt.number, attempt.outcome) for attempt in lab.attempts("bad")] == [(1, "failed"), (2, "done")]
    lab.assert_each_done_once()


@pytest.mark.slow
@pytest.mark.parametrize(("act", "exit_code"), [("exit", 7), ("segfault", -11)])
def test_f09_a_handler_that_takes_its_process_along_costs_one_attempt(lab: FaultLab, act: str, exit_code: int) -> None:
    queue = lab.queue(max_receive_count=10)
    lab.send(queue, "a", "b", {"key": "bad", "act": act, "acts": 1}, "c", "d")
    with lab.worker(queue, WORKER_PROCESSES="2") as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert [line["exit_code"] for line in worker.actions("process_ended")] == [exit_code]
    assert [attempt.outcome for attempt in lab.attempts("bad")] == [None, "done"]
    assert lab.ledger.done == {"a", "b", "bad", "c", "d"}


@pytest.mark.slow
def test_f10_a_poison_pill_alone_reaches_the_dead_letter_queue(lab: FaultLab) -> None:
    queue = lab.queue(max_receive_count=3)
    lab.send(queue, {"key": "poison", "act": "kill"})
    with lab.worker(queue, WORKER_PROCESSES="2", WORKER_CONCURRENCY="1") as worker:
        lab.wait_for_attempts("poison", 1)
        lab.send(queue, *(f"m{number}" for number in range(30)))
        wait_until(lambda: len(queue.dead_letters()) == 1 and queue.is_empty(), "the poison in the dead-letter queue")
        assert worker.stop() == 0
    numbers = [attempt.number for attempt in lab.attempts("poison")]
    assert numbers[0] == 1
    assert set(numbers) <= {1, 2, 3}
    assert lab.ledger.done == {f"m{number}" for number in range(30)}
    (dead,) = queue.dead_letters()
    assert '"poison"' in dead["Body"]
    assert len(worker.actions("process_ended")) == len(numbers)
