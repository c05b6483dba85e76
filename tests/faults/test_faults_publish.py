"""Handlers that publish: F83. No message is done before what it publishes was accepted, whatever fails meanwhile."""

from __future__ import annotations

import random
import time

import pytest

from tests.support.fault_lab import FaultLab
from tests.support.fault_proxy import UNAVAILABLE, Call, Fault
from tests.support.worker_queue import WorkQueue

MESSAGES = 60
FAULTS = (UNAVAILABLE, Fault(reset="before"), Fault(reset="after"), Fault(late_seconds=0.3))


def bodies_in(queue: WorkQueue) -> list[str]:
    """Take all that is in a queue."""
    bodies: list[str] = []
    while messages := queue.sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return bodies


@pytest.mark.parametrize("handler", ["handle", "handle_async"])
@pytest.mark.parametrize("seed", range(5))
def test_f83_what_is_done_has_been_published_under_kill_9_and_failing_calls(
    lab: FaultLab, handler: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311

    def rule(call: Call) -> Fault | None:
        return chance.choice(FAULTS) if call.operation == "SendMessageBatch" and chance.random() < 0.2 else None

    queue, target = lab.queue(max_receive_count=50), lab.queue(visibility_seconds=600)
    numbers = list(map(str, range(MESSAGES)))
    queue.send(*numbers)
    lab.proxy.rule = rule
    kills = 0
    while not queue.is_empty():
        assert kills <= 40
        with lab.worker(queue, f"tests.support.publishing_handlers.{handler}", TARGET_QUEUE=target.url) as worker:
            worker.wait_for("worker_started")
            # Longer each time: on a busy machine, the first ones may do nothing.
            ends_at = time.monotonic() + chance.uniform(0.5, 1.5) * (1 + kills / 10)
            while time.monotonic() < ends_at and worker.process.poll() is None and not queue.is_empty():
                time.sleep(0.01)
        kills += 1
    assert kills >= 2
    published = bodies_in(target)
    assert set(published) == {f"{when} {number}" for when in ("now", "done") for number in numbers}
    assert lab.proxy.faults("SendMessageBatch")
    assert len(lab.proxy.calls("SendMessageBatch")) < len(published)
    assert queue.dead_letters() == []
