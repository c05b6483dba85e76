"""Sends chosen letters back: each is copied, and then deleted, one by one and at a rate."""

from __future__ import annotations

import time
from collections.abc import Callable

from worker_ops.dead_letters.held_letters import HeldLetters
from worker_ops.dead_letters.journal import Journal
from worker_ops.dead_letters.letter import Letter
from worker_ops.dead_letters.looked import Worked
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.dead_letters.selection import Selection, chosen_letters
from worker_ops.dead_letters.sending import send_back


def redrive_chosen(
    queue: DeadLetterQueue,
    selection: Selection,
    *,
    letters_a_second: float | None,
    on_moved: Callable[[], None],
) -> Worked:
    """Move the letters of the selection to their queue. A crash at any point loses none of them."""
    moved = double = 0
    pace = _Pace(letters_a_second)
    with Journal(queue.url) as journal, HeldLetters(queue, letters_a_second=letters_a_second) as held:
        for letter in chosen_letters(held, selection):
            pace.wait()
            double += letter.id in journal.in_doubt
            _move(queue, letter, held, journal)
            moved += 1
            on_moved()
    return Worked(moved, held.looked, double)


def _move(queue: DeadLetterQueue, letter: Letter, held: HeldLetters, journal: Journal) -> None:
    if not journal.is_copied(letter.id):
        journal.copying(letter.id)
        send_back(queue, letter)
        journal.copied(letter.id)
    held.delete(letter)
    journal.deleted(letter.id)


class _Pace:
    """Lets through so many a second."""

    def __init__(self, a_second: float | None) -> None:
        self._apart_seconds = 1 / a_second if a_second else 0.0
        self._next = time.monotonic()

    def wait(self) -> None:
        """Until the next one may go."""
        now = time.monotonic()
        if self._next > now:
            time.sleep(self._next - now)
        self._next = max(self._next, now) + self._apart_seconds
