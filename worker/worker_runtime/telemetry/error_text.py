"""What logs say of an exception: bounded, and no more than its type where its text is to stay out."""

from __future__ import annotations

import traceback

#: A log driver splits a line of more than 16 KiB, and what reads the pieces finds no JSON.
ERROR_MOST_CHARACTERS = 8_192


def bounded(text: str) -> str:
    """The beginning and the end of a text that is too long for a line of the log."""
    left_out = len(text) - ERROR_MOST_CHARACTERS
    if left_out <= 0:
        return text
    half = ERROR_MOST_CHARACTERS // 2
    return f"{text[:half]} ... {left_out:,} characters left out ... {text[-half:]}"


def traceback_of(error: BaseException, *, error_texts: bool) -> str:
    """Where an exception was raised, and what it says if that may be told."""
    if error_texts:
        return bounded("".join(traceback.format_exception(error)))
    return bounded("".join([*traceback.format_tb(error.__traceback__), type(error).__name__]))
