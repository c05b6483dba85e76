"""What the commands of a second terminal do: `publish`, `status`, `redrive`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from local.aws import Aws
from local.box_state import BoxState, read_state
from local.errors import BoxError
from local.message_file import check_text, read_messages
from local.publish import publish
from local.queues import queue_counts
from local.screen import Screen

_LOOK_SECONDS = 0.2


def run_publish(root: Path, text: str | None, file: Path | None, screen: Screen) -> None:
    """Publish one text, or a file's messages."""
    if file is not None and text is None:
        messages = read_messages(file)
    elif text is not None and file is None:
        check_text(text)
        messages = [text]
    else:
        raise BoxError("give either a message (publish TEXT) or a file of messages (publish --file orders.jsonl)")
    state = read_state(root)
    topic_arn = _service_export(state, "topic_arn")
    started = time.monotonic()
    with _progress(screen) as progress:
        bar = progress.add_task("published", total=len(messages))
        publish(_aws(state), topic_arn, messages, lambda count: progress.advance(bar, count))
    count = "1 message" if len(messages) == 1 else f"{len(messages):,} messages"
    screen.say(f"{count} published in {time.monotonic() - started:.1f} s.", "green")


def run_status(root: Path, screen: Screen) -> None:
    """Show queues, workers and denials."""
    state = read_state(root)
    aws = _aws(state)
    screen.say(f"Stack {state.stack} at {state.endpoint_url} (process {state.pid})")
    if "queue_url" not in state.exports:
        screen.say("The stack is a pipeline alone: it has no queues and no workers.")
        return
    queues = Table("queue", "visible", "in flight", "delayed")
    for title, url in (
        ("queue", state.exports["queue_url"]),
        ("dead-letter queue", state.exports["dead_letter_queue_url"]),
    ):
        counts = queue_counts(aws, url)
        queues.add_row(title, str(counts.visible), str(counts.in_flight), str(counts.delayed))
    screen.show(queues)
    workers = Table("worker", "pid", "alive", "processed", "restarts")
    for worker in state.workers:
        alive = "yes" if worker.pid else "no"
        workers.add_row(str(worker.number), str(worker.pid or "-"), alive, str(worker.processed), str(worker.restarts))
    screen.show(workers)
    for denial in state.denials:
        screen.say(f"denied: {denial}", "yellow")
    if not state.denials:
        screen.say("Nothing was denied.")


def run_redrive(root: Path, screen: Screen) -> None:
    """Move what lies in the dead-letter queue back to the queue."""
    state = read_state(root)
    sqs, source = _aws(state).client("sqs"), _service_export(state, "dead_letter_queue_arn")
    # Messages that the worker rejected never came from the queue's own redrive: SQS has to be told where to.
    sqs.start_message_move_task(SourceArn=source, DestinationArn=state.exports["queue_arn"])
    with _progress(screen) as progress:
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
    screen.say(f"{count} moved back to the queue.", "green")


def _move_task(sqs: Any, source: str) -> dict[str, Any]:
    return sqs.list_message_move_tasks(SourceArn=source, MaxResults=1)["Results"][0]


def _advance(progress: Progress, bar: Any, task: dict[str, Any]) -> None:
    progress.update(
        bar,
        completed=task["ApproximateNumberOfMessagesMoved"],
        total=task.get("ApproximateNumberOfMessagesToMove"),
    )


def _progress(screen: Screen) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=screen.console,
        disable=not screen.is_terminal,
    )


def _aws(state: BoxState) -> Aws:
    return Aws(state.endpoint_url, state.region, state.credentials)


def _service_export(state: BoxState, name: str) -> str:
    if name not in state.exports:
        raise BoxError(f"stack {state.stack} is a pipeline alone: it has neither a topic nor a queue")
    return state.exports[name]
