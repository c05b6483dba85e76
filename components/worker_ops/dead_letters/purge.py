"""Deletes dead letters, after each was saved: SQS's own purge would take letters that nobody has saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from worker_ops.dead_letters.held_letters import HeldLetters
from worker_ops.dead_letters.letter_file import LetterFile
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.dead_letters.selection import Selection, chosen_letters


def purge_chosen(queue: DeadLetterQueue, selection: Selection, path: Path, on_purged: Callable[[], None]) -> int:
    """Save each letter of the selection and then delete it; returns how many. Raises OpsError for the file."""
    with LetterFile(path) as file, HeldLetters(queue) as held:
        for letter in chosen_letters(held, selection):
            file.write(letter)
            file.flush()
            held.delete(letter)
            on_purged()
    return file.count


def save_chosen(queue: DeadLetterQueue, selection: Selection, path: Path, on_saved: Callable[[], None]) -> int:
    """Save the letters of the selection, and leave them where they are; returns how many."""
    with LetterFile(path) as file, HeldLetters(queue) as held:
        for letter in chosen_letters(held, selection):
            file.write(letter)
            on_saved()
        file.flush()
    return file.count
