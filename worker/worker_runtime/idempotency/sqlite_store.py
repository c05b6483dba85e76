"""`once` in a file of SQLite: for tests and the box, or for the one task of a service."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from worker_runtime.errors import SettingsError
from worker_runtime.idempotency.store import Claim

if TYPE_CHECKING:
    import sqlite3

_TRY_SECONDS = 0.01
_BUSY_SECONDS = 30.0
_TABLE = """
CREATE TABLE IF NOT EXISTS once (
    key TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    locked_until REAL NOT NULL,
    forget_at REAL,
    result TEXT
)"""


class SQLiteStore:
    """Remembers in a table `once` of the database at `path`, which is made where it is missing.

    A plain handler of one message may write to the same database: what it does with `connection` is committed together
    with the record, or not at all, so it happens exactly once, whenever the process is killed.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._local = threading.local()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection. `once` commits what the handler did with it, or rolls it back."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """As OnceStore says."""
        connection = self.connection
        connection.rollback()  # what a handler has left that was cut
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            now = time.time()
            connection.execute("DELETE FROM once WHERE forget_at <= ?", (now,))
            found = connection.execute(
                "SELECT owner, locked_until, forget_at, result FROM once WHERE key = ?", (key,)
            ).fetchone()
            if found is not None and found[2] is not None:
                return Claim("done", result=found[3])
            if found is not None and found[0] != owner and found[1] > now:
                return Claim("taken", found[1] - now)
            connection.execute("INSERT OR REPLACE INTO once VALUES (?, ?, ?, NULL, NULL)", (key, owner, now + seconds))
        return Claim("mine")

    def finish(self, key: str, owner: str, remember_seconds: float, result: str | None) -> bool:
        """As OnceStore says, together with what the handler wrote."""
        connection = self.connection
        try:
            noted = connection.execute(
                "UPDATE once SET forget_at = ?, result = ? WHERE key = ? AND owner = ? AND forget_at IS NULL",
                (time.time() + remember_seconds, result, key, owner),
            )
            if noted.rowcount == 1:
                connection.commit()
                return True
        finally:
            connection.rollback()
        return False

    def release(self, key: str, owner: str) -> None:
        """As OnceStore says; what the handler wrote is undone."""
        connection = self.connection
        connection.rollback()
        with connection:
            connection.execute("DELETE FROM once WHERE key = ? AND owner = ? AND forget_at IS NULL", (key, owner))

    def check(self) -> None:
        """Raise SettingsError where the file is no database that can be written."""
        try:
            self._connect().close()
        except Exception as error:
            raise SettingsError(
                [f"SQLiteStore: {self._path!r} is not a database that can be written: {error}"]
            ) from None

    def _connect(self) -> sqlite3.Connection:
        from worker_runtime.idempotency.sqlite_connection import Connection  # noqa: PLC0415 - for those who use it

        connection = Connection(self._path, timeout=_BUSY_SECONDS, check_same_thread=False)
        _keep_a_log(connection)
        with connection:
            connection.execute(_TABLE)
            connection.execute("CREATE INDEX IF NOT EXISTS once_forget_at ON once (forget_at)")
        return connection


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Have writers keep nobody from reading. SQLite does not wait for others that do so to a new file."""
    import sqlite3  # noqa: PLC0415 - for those who use it

    ends_at = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= ends_at:
                raise
            time.sleep(_TRY_SECONDS)
        else:
            return
