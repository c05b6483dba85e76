"""Deletes dead letters, after each was saved: SQS's own purge would take letters that nobody has saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from worker_ops.dead_letters.held_letters import HeldLetters
from worker_ops.dead_letters.letter_file import LetterFile
from worker_ops.dead_letters.looked import Worked
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.dead_letters.selection import Selection, chosen_letters


def purge_chosen(queue: DeadLetterQueue, selection: Selection, path: Path, on_purged: Callable[[], None]) -> Worked:
    """Save each letter of the selection and then delete it. Raises OpsError for the file."""
    with LetterFile(path) as file, HeldLetters(queue) as held:
        for letter in chosen_letters(held, selection):
            file.write(letter)
            file.flush()
            held.delete(letter)
            on_purged()
    return Worked(file.count, held.looked)


def save_chosen(queue: DeadLetterQueue, selection: Selection, path: Path, on_saved: Callable[[], None]) -> Worked:
    """Save the letters of the selection, and leave them where they are."""
    with LetterFile(path) as file, HeldLetters(queue) as held:
        for letter in chosen_letters(held, selection):
            file.write(letter)
            on_saved()
        file.flush()
    return Worked(file.count, held.looked)
