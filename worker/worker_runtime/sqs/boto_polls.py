"""The receives that a boto3 client has under way, and how to end them without losing what they bring."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any


class BotoPolls:
    """Knows the sockets on which a client waits for messages.

    boto3 cannot end a call. A process that left meanwhile would take its connection away in the very moment in which
    SQS puts messages on it: nobody would have them for a visibility timeout.
    """

    def __init__(self, client: Any) -> None:
        self._thread = threading.local()
        self._sockets: set[socket.socket] = set()
        self._are_ended = False
        # There is no public way to a call's connection. Where a botocore to come has no such way either, polls are not
        # ended, and all else works.
        with contextlib.suppress(AttributeError):
            pools = client._endpoint.http_session._pool_classes_by_scheme
            pools.update({scheme: self._watched(pool) for scheme, pool in pools.items()})

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """Note the sockets of what this thread asks for meanwhile."""
        self._thread.sockets = set[socket.socket]()
        try:
            yield
        finally:
            self._sockets -= self._thread.sockets
            del self._thread.sockets

    def end(self) -> None:
        """Close our half of the connections that wait: SQS may see it, and what it has sent already still arrives."""
        self._are_ended = True
        for waiting in list(self._sockets):
            _end_sending(waiting)

    def _watched(self, pool: Any) -> Any:
        """The class of connection pools, whose connections tell of each request."""
        polls = self

        class Connection(pool.ConnectionCls):
            def request(self, *args: Any, **named: Any) -> Any:
                polls._refuse_after_the_end()
                asked = super().request(*args, **named)
                polls._note(self.sock)
                return asked

        return type("WatchedPool", (pool,), {"ConnectionCls": Connection})

    def _refuse_after_the_end(self) -> None:
        """boto3 tries again by itself where a connection was closed."""
        if self._are_ended and hasattr(self._thread, "sockets"):
            raise ConnectionAbortedError("the worker leaves")

    def _note(self, waiting: Any) -> None:
        if not hasattr(self._thread, "sockets") or not isinstance(waiting, socket.socket):
            return
        self._thread.sockets.add(waiting)
        self._sockets.add(waiting)
        if self._are_ended:
            _end_sending(waiting)


def _end_sending(waiting: socket.socket) -> None:
    # The method of the plain socket: that of a TLS socket would forget the keys that the answer needs.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(waiting, socket.SHUT_WR)
