"""What people are told of dead letters that a command worked on, or could not."""

from __future__ import annotations

from collections.abc import Sequence

from worker_ops.dead_letters.looked import Worked
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.errors import Unfinished
from worker_ops.options import Context
from worker_ops.queues import QueueCounts


def letters(count: int) -> str:
    """A count of them in words."""
    return "1 letter" if count == 1 else f"{count:,} letters"


def tell_done(context: Context, text: str) -> None:
    """Say what was done, where people read."""
    if not context.screen.as_json:
        context.screen.say(text, "green")


def tell_unseen(context: Context, queue: DeadLetterQueue, counts: QueueCounts, seen: int) -> None:
    """Say what was not looked at, with --json on stderr; `seen` were, and are there still."""
    if counts.in_flight:
        context.screen.say(f"{letters(counts.in_flight)} in flight elsewhere: somebody holds them just now.", "yellow")
    if queue.is_fifo and seen < counts.visible:
        context.screen.say("Of each message group SQS shows the first ones alone until they are gone.", "yellow")


def tell_rest(context: Context, queue: DeadLetterQueue, ids: Sequence[str], worked: Worked) -> None:
    """Say what the command did not look at. Raises Unfinished where that, or one of the ids, was asked for."""
    counts = queue.counts()
    tell_unseen(context, queue, counts, worked.looked.left)
    undone = worked.undone(ids, queue.name, counts)
    if undone:
        raise Unfinished("\n".join(undone))
