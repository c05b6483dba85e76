"""The move "adopt" from Copilot in the box under the real engine, while somebody keeps publishing: no message moves.

1,000 messages wait, the `up` that takes their queues over is killed at each of its steps, and then old and new worker
share what is there until the old one stops.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, once the first one of it may go on."""

        def held(*arguments: Any) -> Any:
            self.reached.set()
            assert self.killed.wait(COMMAND_TIMEOUT_SECONDS)
            return call(*arguments)

        return held


def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Each step of the `up`, with its first call held: imports, what differs, and what a queue has here."""
    with _patched(monkeypatch, KINDS, QUEUE) as hold:
        yield hold(read=KINDS[QUEUE].read)
    with _patched(monkeypatch, KINDS, QUEUE) as hold:
        yield hold(update=KINDS[QUEUE].update)
    for type_ in (QUEUE_POLICY, REDRIVE_POLICY):
        with _patched(monkeypatch, CREATORS, type_) as hold:
            yield hold()
    with _patched(monkeypatch, KINDS, SUBSCRIPTION) as hold:
        yield hold(read=KINDS[SUBSCRIPTION].read)


@contextmanager
def _patched(monkeypatch: pytest.MonkeyPatch, table: dict[str, Any], type_: str) -> Iterator[Callable[..., Held]]:
    """One entry of a table, held for a while."""
    was, held = table[type_], Held()

    def hold(**calls: Callable[..., Any]) -> Held:
        changed = {name: held.before(call) for name, call in calls.items()}
        monkeypatch.setitem(table, type_, dataclasses.replace(was, **changed) if calls else held.before(was))
        return held

    yield hold
    monkeypatch.setitem(table, type_, was)


def kill_at(stack: BoxStack, held: Held) -> None:
    """`up` until the point, kill -9, and what docs/box.md says of it."""
    process = subprocess.Popen(
        stack.command("up", "--yes", "--skip-preview"),
        cwd=stack.cli.project,
        env=stack.cli.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        while not held.reached.wait(0.1) and process.poll() is None:
            pass
        assert held.reached.is_set(), process.communicate()[0]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        held.killed.set()
    cancelled = stack.run("cancel", "--yes")
    assert cancelled.exit_code == 0, cancelled.output
