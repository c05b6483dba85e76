"""The move "adopt" from Copilot in the box under the real engine, while somebody keeps publishing: no message moves.

1,000 messages wait, the `up` that takes their queues over is killed at each of its steps, and then old and new worker
share what is there until the old one stops.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from local.engine.kinds import KINDS
from local.provisioner.creators import CREATORS
from tests.engine.test_engine_box_adopt import (
    QUEUE,
    SUBSCRIPTION,
    copilot_inputs,
    new_program,
    write_program,
)
from tests.engine.test_engine_box_move import Publisher, Worker, fill, is_empty
from tests.support.box import wait_until
from tests.support.box_stack import BoxStack, box_stack
from tests.support.copilot_service import CopilotService, copilot_service
from tests.support.engine import needs_pulumi
from tests.support.killed_up import Point, each_held, kill_at

pytestmark = [needs_pulumi, pytest.mark.slow]

QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
REDRIVE_POLICY = "aws:sqs/redrivePolicy:RedrivePolicy"


#: Each step of the `up`: table, type and call of the entry. Imports, what differs, and what a queue has here.
POINTS = (
    Point(KINDS, QUEUE, "read"),
    Point(KINDS, QUEUE, "update"),
    Point(CREATORS, QUEUE_POLICY),
    Point(CREATORS, REDRIVE_POLICY),
    Point(KINDS, SUBSCRIPTION, "read"),
)


def test_no_message_is_lost_or_doubled_whenever_the_up_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with box_stack(tmp_path, program=new_program(tmp_path)) as stack:
        old = copilot_service(stack.aws)
        backlog = fill(stack.aws, old)
        write_program(stack, live_ones(old), copilot_inputs(old))
        urls = queue_urls(stack)

        with Publisher(stack.aws, old.topic_arn) as publisher:
            for held in each_held(monkeypatch, POINTS):
                kill_at(stack, held)
                publisher.publishes_more()
            stack.deployed()
            assert stack.outputs()["queue_url"] == old.queue_url
            assert stack.deployed("--expect-no-changes")
            assert queue_urls(stack) == urls

            with Worker(stack.aws, old.queue_url) as new_worker, Worker(stack.aws, old.queue_url) as old_worker:
                stack.aws.client("sqs").start_message_move_task(
                    SourceArn=old.dead_letter_queue_arn, DestinationArn=old.queue_arn
                )
                publisher.publishes_more()
                old_worker.stop()
                publisher.publishes_more()
                publisher.stop()
                wait_until(lambda: is_empty(stack.aws, old.queue_url, old.dead_letter_queue_url))

        assert old_worker.got + new_worker.got == Counter([*backlog, *publisher.published()])
        assert old_worker.got
        assert new_worker.got


def live_ones(old: CopilotService) -> dict[str, str]:
    return {
        "orders-queue": old.queue_url,
        "orders-dead-letter-queue": old.dead_letter_queue_url,
        "orders-subscription": old.subscription_arn,
    }


def queue_urls(stack: BoxStack) -> list[str]:
    return sorted(stack.aws.client("sqs").list_queues()["QueueUrls"])
