"""stdin, stdout and stderr, whatever the program was started with."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TextIO


def prepare_streams() -> None:
    """Have all three there, and take every text."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by whoever started this: Python has None then, which whatever reads or writes stumbles over.
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            # A message may hold what the terminal's encoding has no character for.
            stream.reconfigure(errors="backslashreplace")


def tell(text: str) -> None:
    """A line on stderr; where that is lost too, the exit code tells."""
    try:
        sys.stderr.write(f"{text}\n")
    except AttributeError:
        pass
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Drop what could not be written: Python tries again at its end, and would end with a code of its own.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
