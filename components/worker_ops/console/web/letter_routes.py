"""Work on dead letters: the commands' own, for a browser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from starlette.routing import Route

from worker_ops.console.model.letters import letters_document
from worker_ops.console.web.asked import number_of, selection_of, text_of
from worker_ops.console.web.console import Console
from worker_ops.console.web.routes import Asked, doing
from worker_ops.console.web.work import Work
from worker_ops.dead_letters.edit import edit_letter
from worker_ops.dead_letters.looked import Worked
from worker_ops.dead_letters.move_task import (
    MOST_A_SECOND,
    MoveTask,
    cancel_move_task,
    held_back,
    start_move_task,
    watched,
)
from worker_ops.dead_letters.purge import purge_chosen
from worker_ops.dead_letters.queue import DeadLetterQueue, dead_letter_queue
from worker_ops.dead_letters.redrive import redrive_chosen
from worker_ops.dead_letters.selection import Selection
from worker_ops.errors import OpsError, Unfinished
from worker_ops.outage import Outage

_PATH = "/api/services/{service}/queues/{queue}/letters"
_Run = Callable[[Work], dict[str, Any]]


def letter_routes(console: Console) -> list[Route]:
    """Look, and with the right to write redrive, edit, purge and stop."""

    def route(name: str, prepare: Callable[[DeadLetterQueue, Asked], _Run], *, writes: bool) -> Route:
        def start(asked: Asked) -> Work:
            queue = dead_letter_queue(console.place.account, asked.service.queue(asked.queue_name))
            return console.works.start(queue.name, prepare(queue, asked))

        return Route(f"{_PATH}/{name}", doing(console, start, writes=writes), methods=["POST"])

    def redrive(queue: DeadLetterQueue, asked: Asked) -> _Run:
        return _redrive(console, queue, asked)

    def purge(queue: DeadLetterQueue, asked: Asked) -> _Run:
        return _purge(console, queue, asked)

    def stop(asked: Asked) -> dict[str, Any]:
        return _stop(console, asked)

    return [
        route("look", _look, writes=False),
        route("redrive", redrive, writes=True),
        route("edit", _edit, writes=True),
        route("purge", purge, writes=True),
        Route(f"{_PATH}/stop", doing(console, stop, writes=True), methods=["POST"]),
    ]


def _stop(console: Console, asked: Asked) -> dict[str, Any]:
    """Stop what is being done with the queue's dead letters; what has been moved or deleted stays so."""
    queue = dead_letter_queue(console.place.account, asked.service.queue(asked.queue_name))
    if not console.works.stop(queue.name):
        # What SQS moves may have been begun elsewhere.
        cancel_move_task(queue)
    return {"stopped": queue.name}


def _look(queue: DeadLetterQueue, asked: Asked) -> _Run:
    chosen = selection_of(asked.body)

    def run(work: Work) -> dict[str, Any]:
        work.total = queue.counts().visible
        return letters_document(queue, chosen, work.advance)

    return run


def _redrive(console: Console, queue: DeadLetterQueue, asked: Asked) -> _Run:
    chosen = selection_of(asked.body)
    rate = number_of(asked.body, "rate", 1, MOST_A_SECOND)

    def run_chosen(work: Work) -> dict[str, Any]:
        work.total = queue.counts().visible
        redriven = redrive_chosen(queue, chosen, letters_a_second=rate, on_moved=work.advance)
        return {"moved": redriven.count, "double": redriven.double, "undone": _undone(queue, chosen, redriven)}

    def run_all(work: Work) -> dict[str, Any]:
        if queue.counts().total:
            start_move_task(queue, rate)
            for task in watched(queue, Outage(work.tell)):
                work.done, work.total = task.moved, task.to_move
                _judge(console, queue, work, task)
        held = held_back(queue)
        return {"moved": work.done, "double": 0, "undone": [held] if held else []}

    return run_all if chosen.is_everything else run_chosen


def _judge(console: Console, queue: DeadLetterQueue, work: Work, task: MoveTask) -> None:
    """Cancel SQS's task where somebody asked for that; a page that is closed leaves it to go on."""
    if task.status not in ("RUNNING", "CANCELLING", "COMPLETED"):
        raise Unfinished(f"the redrive ended {task.status}: {task.failure or f'{task.moved:,} were moved'}")
    if work.is_stopped and console.stopping.is_set():
        raise Unfinished("the page is closed; SQS goes on moving the letters")
    if work.is_stopped and task.status == "RUNNING":
        # It may have ended meanwhile, which the next look tells.
        with suppress(OpsError):
            cancel_move_task(queue)


def _edit(queue: DeadLetterQueue, asked: Asked) -> _Run:
    letter_id, text = text_of(asked.body, "id"), text_of(asked.body, "text")
    return lambda _work: {"sent": edit_letter(queue, letter_id, lambda _was: text)}


def _purge(console: Console, queue: DeadLetterQueue, asked: Asked) -> _Run:
    chosen = selection_of(asked.body)
    path = console.save_directory / f"{queue.name}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl"

    def run(work: Work) -> dict[str, Any]:
        console.save_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        work.total = queue.counts().visible
        purged = purge_chosen(queue, chosen, path, work.advance)
        file = str(path) if purged.count else None
        return {"purged": purged.count, "file": file, "undone": _undone(queue, chosen, purged)}

    return run


def _undone(queue: DeadLetterQueue, chosen: Selection, worked: Worked) -> list[str]:
    return worked.undone(chosen.ids, queue.name, queue.counts())
