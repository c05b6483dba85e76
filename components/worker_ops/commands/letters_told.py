"""What people are told of dead letters that a command worked on, or could not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.errors import Unfinished
from worker_ops.options import Context
from worker_ops.screen import Bar


def letters(count: int) -> str:
    """A count of them in words."""
    return "1 letter" if count == 1 else f"{count:,} letters"


def tell_done(context: Context, text: str) -> None:
    """Say what was done, where people read."""
    if not context.screen.as_json:
        context.screen.say(text, "green")


def tell_unseen(context: Context, queue: DeadLetterQueue, seen: int) -> None:
    """Say what was not looked at, with --json on stderr; `seen` were, and are there still."""
    counts = queue.counts()
    if counts.in_flight:
        context.screen.say(f"{letters(counts.in_flight)} in flight elsewhere: somebody holds them just now.", "yellow")
    if queue.is_fifo and seen < counts.visible:
        context.screen.say("Of each message group SQS shows the first ones alone until they are gone.", "yellow")


def check_found(queue: DeadLetterQueue, ids: Sequence[str], found: int) -> None:
    """Raise Unfinished where ids were given of which some were not found."""
    asked = len(set(ids))
    if found < asked:
        raise Unfinished(f"{asked - found} of {letters(asked)} not found in {queue.name}, or held by somebody else")


@contextmanager
def told_when_interrupted(context: Context, bar: Bar, what: Callable[[str], str]) -> Iterator[None]:
    """Have Ctrl-C end the work with how far it came."""
    try:
        yield
    except KeyboardInterrupt:
        context.screen.say(what(letters(bar.done)), "yellow")
        raise
