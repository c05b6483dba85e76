"""`demo`: 50 sample orders through the whole stack, and an exit code that says whether all went as it must."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from rich.table import Table

from local.box import Box, open_box
from local.box_options import BoxOptions
from local.publish import publish
from local.queues import DeadLetter, dead_letters, queue_counts
from local.sample_orders import sample_orders
from local.screen import Screen, printable, printable_lines
from local.service import Service, choose_service
from local.workers.worker_metrics import WorkerMetrics
from local.workers.worker_process import Crash, Watcher

ORDERS = 50
MALFORMED = 3
_DEADLINE_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_BODY_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Counts:
    """Where the messages are."""

    visible: int
    in_flight: int
    processed: int
    dead_lettered: int

    @property
    def is_settled(self) -> bool:
        """Nothing waits, nothing runs, and nothing is missing."""
        return self.visible == self.in_flight == 0 and self.processed + self.dead_lettered >= ORDERS

    @property
    def is_right(self) -> bool:
        """Every good order was processed once, and exactly the malformed ones were rejected."""
        return self == Counts(0, 0, ORDERS - MALFORMED, MALFORMED)


def run_demo(options: BoxOptions, screen: Screen) -> int:
    """Run the demo and return its exit code."""
    crashes: list[Crash] = []
    measured = WorkerMetrics()
    watcher = Watcher(on_line=lambda _worker, entry: measured.add(entry), on_crash=crashes.append)
    with open_box(options, screen, watcher) as box:
        service = choose_service(box.services, None)
        with screen.phase("Publishing and processing", spinner=False):
            publish(box.aws, service.topic_arn, sample_orders(ORDERS, MALFORMED))
            screen.say(f"{ORDERS} orders published, {MALFORMED} of them malformed.")
            counts = _follow(box, service, crashes, screen)
        rejected = dead_letters(box.aws, service.dead_letter_queue_url)
        denials = box.denials()
    # The workers are gone, and their last lines are read.
    counts = replace(counts, processed=_processed(box))
    _summarize(screen, counts, rejected, denials)
    screen.show(measured.table())
    screen.say(_times(screen))
    return _verdict(screen, counts, crashes)


def _follow(box: Box, service: Service, crashes: list[Crash], screen: Screen) -> Counts:
    """Show the counts until everything is settled, a worker crashed, or the deadline has passed."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    shown = counts = _counts(box, service)
    with screen.live() as live:
        while True:
            if live:
                live.update(_table(counts))
            elif counts != shown:
                screen.say(_line(counts))
            shown = counts
            if counts.is_settled or crashes or time.monotonic() > deadline:
                return counts
            time.sleep(_LOOK_SECONDS)
            counts = _counts(box, service)


def _counts(box: Box, service: Service) -> Counts:
    queue = queue_counts(box.aws, service.queue_url)
    dead = queue_counts(box.aws, service.dead_letter_queue_url)
    return Counts(queue.visible + queue.delayed, queue.in_flight, _processed(box), dead.total)


def _processed(box: Box) -> int:
    return sum(worker.processed for worker in box.workers)


def _table(counts: Counts) -> Table:
    table = Table("visible", "in flight", "processed", "dead-lettered")
    table.add_row(str(counts.visible), str(counts.in_flight), str(counts.processed), str(counts.dead_lettered))
    return table


def _line(counts: Counts) -> str:
    return (
        f"  visible {counts.visible}, in flight {counts.in_flight}, processed {counts.processed}, "
        f"dead-lettered {counts.dead_lettered}"
    )


def _summarize(screen: Screen, counts: Counts, rejected: list[DeadLetter], denials: list[str]) -> None:
    if not screen.is_terminal:
        screen.show(_table(counts))
    if rejected:
        table = Table("in the dead-letter queue", "because")
        for letter in rejected:
            body = printable(letter.body)
            shortened = body if len(body) <= _BODY_SHOWN_CHARACTERS else body[: _BODY_SHOWN_CHARACTERS - 3] + "..."
            table.add_row(shortened, printable(letter.reason))
        screen.show(table)
    for denial in denials:
        screen.say(f"denied: {denial}", "yellow")


def _times(screen: Screen) -> str:
    phases = ", ".join(f"{name[0].lower()}{name[1:]} {seconds:.1f} s" for name, seconds in screen.seconds.items())
    return f"{time.monotonic() - screen.started:.1f} s in all: {phases}."


def _verdict(screen: Screen, counts: Counts, crashes: list[Crash]) -> int:
    if crashes:
        screen.say(f"Failed: {printable_lines(str(crashes[0]))}", "red")
        return 1
    if not counts.is_right:
        screen.say(
            f"Failed: {ORDERS - MALFORMED} orders must be processed and {MALFORMED} lie in the dead-letter queue; "
            f"the workers' logs are in .box/logs:\n{_line(counts)}",
            "red",
        )
        return 1
    screen.say(
        f"{counts.processed} orders processed, {counts.dead_lettered} in the dead-letter queue: all as it must be.",
        "bold green",
    )
    return 0
