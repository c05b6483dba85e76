"""`status`: how a running box is."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from local.aws import Aws
from local.box_state import BoxState, read_state
from local.queues import queue_counts
from local.screen import Screen


def run_status(root: Path, screen: Screen) -> None:
    """Show queues, workers and denials."""
    state = read_state(root)
    screen.say(f"Stack {state.stack} at {state.endpoint_url} (process {state.pid})")
    if not state.services:
        screen.say("The program has no worker service: there are no queues and no workers.")
        return
    screen.show(_queues(state, state.aws()))
    screen.show(_workers(state))
    for denial in state.denials:
        screen.say(f"denied: {denial}", "yellow")
    if not state.denials:
        screen.say("Nothing was denied.")


def _queues(state: BoxState, aws: Aws) -> Table:
    table = Table("service", "queue", "visible", "in flight", "delayed")
    for service in state.services:
        for name, queue in service.queues.items():
            of_queue = f" {name}" if service.other_queues else ""
            for title, url in (
                (f"queue{of_queue}", queue["queue_url"]),
                (f"dead-letter queue{of_queue}", queue["dead_letter_queue_url"]),
            ):
                table.add_row(service.name, title, *_counts(aws, url))
    return table


def _counts(aws: Aws, url: str) -> tuple[str, ...]:
    """A queue is gone after a `pulumi destroy`, which the box outlives."""
    try:
        counts = queue_counts(aws, url)
    except aws.client("sqs").exceptions.QueueDoesNotExist:
        return "gone", "", ""
    return str(counts.visible), str(counts.in_flight), str(counts.delayed)


def _workers(state: BoxState) -> Table:
    table = Table("service", "worker", "pid", "alive", "processed", "restarts")
    for worker in state.workers:
        process = str(worker.pid or "-"), "yes" if worker.pid else "no"
        table.add_row(worker.service, str(worker.number), *process, str(worker.processed), str(worker.restarts))
    return table
