"""Whether whoever asked is still there: AWS gives a message to no connection that was closed meanwhile."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

_current = threading.local()


@contextlib.contextmanager
def served(connection: socket.socket) -> Iterator[None]:
    """This thread serves a request that came over the connection."""
    _current.connection = connection
    try:
        yield
    finally:
        del _current.connection


def is_there() -> bool:
    """Tell whether the caller still waits for the answer; a call that came over no connection does."""
    connection: socket.socket | None = getattr(_current, "connection", None)
    if connection is None:
        return True
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
