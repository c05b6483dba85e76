"""`redrive`: a running box's dead letters, back to their queue."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rich.progress import Progress

from local.box_state import read_state
from local.errors import BoxError
from local.screen import Screen
from local.service import choose_service

_LOOK_SECONDS = 0.2


def run_redrive(root: Path, service_name: str | None, screen: Screen) -> None:
    """Move what lies in the dead-letter queues back to their queues."""
    state = read_state(root)
    service = choose_service(state.services, service_name)
    sqs = state.aws().client("sqs")
    for name, queue in service.queues.items():
        _redrive(sqs, queue, f"the queue {name}" if service.other_queues else "the queue", screen)


def _redrive(sqs: Any, queue: dict[str, str], title: str, screen: Screen) -> None:
    source = queue["dead_letter_queue_arn"]
    # Messages that the worker rejected never came from the queue's own redrive: SQS has to be told where to.
    sqs.start_message_move_task(SourceArn=source, DestinationArn=queue["queue_arn"])
    with screen.progress() as progress:
        bar = progress.add_task("moved", total=None)
        while (task := _move_task(sqs, source))["Status"] == "RUNNING":
            _advance(progress, bar, task)
            time.sleep(_LOOK_SECONDS)
        _advance(progress, bar, task)
    moved = task["ApproximateNumberOfMessagesMoved"]
    count = "1 message" if moved == 1 else f"{moved:,} messages"
    if task["Status"] != "COMPLETED":
        raise BoxError(
            f"the redrive ended {task['Status']} after {count}: {task.get('FailureReason', 'no reason given')}"
        )
    screen.say(f"{count} moved back to {title}.", "green")


def _move_task(sqs: Any, source: str) -> dict[str, Any]:
    return sqs.list_message_move_tasks(SourceArn=source, MaxResults=1)["Results"][0]


def _advance(progress: Progress, bar: Any, task: dict[str, Any]) -> None:
    progress.update(
        bar,
        completed=task["ApproximateNumberOfMessagesMoved"],
        total=task.get("ApproximateNumberOfMessagesToMove"),
    )
