"""Where a program runs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def in_folder(folder: Path) -> Iterator[None]:
    """The working directory and the first place to import from, as the Pulumi CLI has them for a program."""
    sys.path.insert(0, str(folder))
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        sys.path.remove(str(folder))
