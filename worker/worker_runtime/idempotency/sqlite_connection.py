"""A connection of SQLite's that closes itself."""

from __future__ import annotations

import contextlib
import sqlite3


class Connection(sqlite3.Connection):
    """A thread's, which ends with it: nobody else could close it, and Python 3.13 warns of one that nobody closes."""

    def __del__(self) -> None:
        """Close it, unless it could not be opened."""
        with contextlib.suppress(sqlite3.ProgrammingError):
            self.close()
