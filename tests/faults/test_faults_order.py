"""Order over failures, and dead letters that come back: F28, F29."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.worker_queue import wait_until


@pytest.mark.parametrize("handler", ["handle", *slow("handle_async", "handle_batch")])
def test_f28_what_follows_a_failure_in_its_group_waits_and_other_groups_go_on(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=30, max_receive_count=5, fifo=True)
    go = lab.directory / "go"
    lab.send(queue, "x1", {"key": "x2", "fail_until": str(go)}, "x3", "x4", "x5", group="x")
    lab.send(queue, "y1", "y2", "y3", group="y")
    with lab.worker(queue, handler, WORKER_BACKOFF_BASE_SECONDS="1") as worker:
        lab.wait_for_attempts("x2", 1)
        wait_until(lambda: "y3" in lab.ledger.done, "the other group")
        go.touch()
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    groups = {"x": ["x1", "x2", "x3", "x4", "x5"], "y": ["y1", "y2", "y3"]}
    assert lab.ledger.out_of_order(groups, set()) == []
    lab.assert_each_done_once()


def test_f28_waiting_behind_a_failure_costs_no_tries(lab: FaultLab) -> None:
    """The head of the group fails until it is dead-lettered; what follows still has its own three tries."""
    queue = lab.queue(visibility_seconds=30, max_receive_count=3, fifo=True)
    lab.send(queue, {"key": "a", "fail": 99}, {"key": "b", "fail_first": 2}, "c", group="x")
    with lab.worker(queue) as worker:
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    assert lab.ledger.done == {"b", "c"}
    (dead,) = queue.dead_letters()
    assert '"a"' in dead["Body"]
    assert [attempt.outcome for attempt in lab.attempts("a")] == ["failed"] * 3
    assert [attempt.outcome for attempt in lab.attempts("b")] == ["failed", "failed", "done"]
    assert lab.ledger.out_of_order({"x": ["a", "b", "c"]}, {"a"}) == []


@pytest.mark.slow
def test_f28_order_holds_over_a_kill(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=2, max_receive_count=10, fifo=True)
    keys = [f"x{number}" for number in range(12)]
    lab.send(queue, *({"key": key, "seconds": 0.1} for key in keys), group="x")
    with lab.worker(queue) as first:
        lab.wait_for_attempts("x3")
        lab.kill(first)
    with lab.worker(queue) as second:
        lab.wait_until_done(queue)
        assert second.stop() == 0
    assert lab.ledger.out_of_order({"x": keys}, set()) == []


@pytest.mark.parametrize("fifo", [False, *slow(True)], ids=["standard", "fifo"])
def test_f29_redriven_messages_are_processed_once_beside_live_traffic(lab: FaultLab, fifo: bool) -> None:
    queue = lab.queue(visibility_seconds=30, fifo=fifo)
    mended = lab.directory / "mended"
    letters = [{"key": f"dead-{number}", "reject_until": str(mended)} for number in range(20)]
    lab.send(queue, *letters, group="dead" if fifo else None)
    with lab.worker(queue) as worker:
        worker.wait_for("message_rejected", 20)
        wait_until(queue.is_empty, "an empty queue")
        mended.touch()
        queue.sqs.start_message_move_task(
            SourceArn=arn(queue.sqs, queue.dead_letter_url), DestinationArn=arn(queue.sqs, queue.url)
        )
        lab.send(queue, *(f"live-{number}" for number in range(50)), group="live" if fifo else None)
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert queue.dead_letters() == []
    assert {attempt.outcome for attempt in lab.attempts("dead-0")} == {"failed", "done"}
    lab.assert_each_done_once()


def arn(sqs: Any, url: str) -> str:
    """A queue's ARN."""
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
