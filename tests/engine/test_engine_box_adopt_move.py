"""The move "adopt" from Copilot in the box under the real engine, while somebody keeps publishing: no message moves.

1,000 messages wait, the `up` that takes their queues over is killed at each of its steps, and then old and new worker
share what is there until the old one stops.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
from tests.support.engine import COMMAND_TIMEOUT_SECONDS, needs_pulumi

pytestmark = [needs_pulumi, pytest.mark.slow]

QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
REDRIVE_POLICY = "aws:sqs/redrivePolicy:RedrivePolicy"


def test_no_message_is_lost_or_doubled_whenever_the_up_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with box_stack(tmp_path, program=new_program(tmp_path)) as stack:
        old = copilot_service(stack.aws)
        backlog = fill(stack.aws, old)
        write_program(stack, live_ones(old), copilot_inputs(old))
        urls = queue_urls(stack)

        with Publisher(stack.aws, old.topic_arn) as publisher:
            for held in points(monkeypatch):
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


class Held:
    """A call of the engine's that waits until the engine is dead."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.killed = threading.Event()

    def at(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, which tells that it is reached, and waits."""

        def held(*arguments: Any) -> Any:
            self.reached.set()
            return self.behind(call)(*arguments)

        return held

    def behind(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, which waits."""

        def held(*arguments: Any) -> Any:
            assert self.killed.wait(COMMAND_TIMEOUT_SECONDS)
            return call(*arguments)

        return held


#: Each step of the `up`: table, type and call of the entry. Imports, what differs, and what a queue has here.
POINTS: tuple[tuple[dict[str, Any], str, str], ...] = (
    (KINDS, QUEUE, "read"),
    (KINDS, QUEUE, "update"),
    (CREATORS, QUEUE_POLICY, ""),
    (CREATORS, REDRIVE_POLICY, ""),
    (KINDS, SUBSCRIPTION, "read"),
)


def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Each step, with its first call held. Those behind it wait too: they may not depend on it, and be done when their
    own turn comes."""
    for number, point in enumerate(POINTS):
        held = Held()
        with monkeypatch.context() as patch:
            _hold(patch, *point, held.at)
            for later in POINTS[number + 1 :]:
                _hold(patch, *later, held.behind)
            yield held


def _hold(
    patch: pytest.MonkeyPatch, table: dict[str, Any], type_: str, name: str, hold: Callable[..., Callable[..., Any]]
) -> None:
    was = table[type_]
    held = dataclasses.replace(was, **{name: hold(getattr(was, name))}) if name else hold(was)
    patch.setitem(table, type_, held)


def kill_at(stack: BoxStack, held: Held) -> None:
    """`up` until the point, kill -9, and what docs/box.md says of it."""
    stack.killed_up(held.reached, held.killed)
    cancelled = stack.run("cancel", "--yes")
    assert cancelled.exit_code == 0, cancelled.output
