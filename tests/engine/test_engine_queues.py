"""Queues of a stack under the real engine: what is done in place, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine import Stack, needs_pulumi, new_stack

pytestmark = [needs_pulumi, pytest.mark.slow]

IMAGE = "registry.example.com/worker"
QUEUE = "aws:sqs/queue:Queue"
KEPT = (QUEUE, "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription", "aws:kms/key:Key")


def set_queues(stack: Stack, **values: str) -> None:
    """Set fields of queues, with __ between them, as a person does in a shell."""
    for path, value in values.items():
        done = stack.command("config", "set", "--path", f"queues.{path.replace('__', '.')}", value)
        assert done.exit_code == 0, done.output


def done_to_what_is_kept(stack: Stack) -> list[tuple[str, str]]:
    """Deploy; what was done to queues, topics, subscriptions and keys."""
    up = stack.up()
    assert up.exit_code == 0, up.output
    return [(action.operation, action.name) for action in up.actions if action.type in KEPT]


def test_queues_come_beside_the_first_and_change_in_place(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        first = stack.up(source="", image=f"{IMAGE}:1", protect="true")
        assert first.exit_code == 0, first.output

        set_queues(stack, bulk__acceptable_latency_seconds="600")
        assert sorted(done_to_what_is_kept(stack)) == [
            ("create", "worker-bulk-dead-letter-queue"),
            ("create", "worker-bulk-queue"),
        ]
        set_queues(stack, bulk__delay_seconds="5", bulk__visibility_timeout_seconds="90", main__delay_seconds="3")
        assert sorted(done_to_what_is_kept(stack)) == [("update", "worker-bulk-queue"), ("update", "worker-queue")]
        set_queues(stack, bulk__dead_letter_retention_seconds="864000", bulk__max_receive_count="5")
        assert done_to_what_is_kept(stack) == [("update", "worker-bulk-dead-letter-queue")]
        set_queues(stack, bulk__sources__uploads__bucket="uploads")
        assert done_to_what_is_kept(stack) == []
        assert stack.up("--expect-no-changes").exit_code == 0


def test_what_would_lose_messages_is_refused(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        set_queues(stack, bulk__delay_seconds="1")
        first = stack.up(source="", image=f"{IMAGE}:1", protect="true")
        assert first.exit_code == 0, first.output

        set_queues(stack, bulk__fifo__high_throughput="true")
        fifo = stack.up()
        assert fifo.exit_code != 0
        assert "protect" in fifo.output
        assert stack.command("config", "rm", "queues").exit_code == 0
        gone = stack.up()
        assert gone.exit_code != 0
        assert "protect" in gone.output
        assert len(stack.aws.all(QUEUE)) == 4


def test_bad_queues_are_refused_before_anything_is_done(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        set_queues(stack, bulk__delay="1", live__queue_arn="arn:aws:sqs:eu-west-1:111122223333:live")
        refused = stack.up(source="", image=f"{IMAGE}:1")
        assert refused.exit_code != 0
        assert refused.actions == []
        assert "queues.bulk.delay: unknown" in refused.output
        assert "Traceback" not in refused.output
