"""One kept HTTP/1.1 connection, for small requests with small JSON answers."""

from __future__ import annotations

import ssl
import time

from worker_runtime.sqs.http_answer import READ_BYTES, Answer, BrokenAnswer, read_answer
from worker_runtime.sqs.timed_socket import TimedSocket


class StaleConnection(OSError):  # noqa: N818 - an OSError, as every other failure of a connection is
    """The server closed a kept connection, most likely before the request reached it."""


class Interrupted(OSError):  # noqa: N818 - see above
    """The server closed the connection after we had said that nobody waits: not worth sending again."""


class Connection:
    """A connection that is opened when needed and kept for as long as the server keeps it. Not for several
    threads."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, connect_seconds: float) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._connect_seconds = connect_seconds
        self._socket: TimedSocket | None = None
        self._interrupted = False
        """Nobody waits for the exchange under way."""

    def exchange(self, request: bytes, timeout_seconds: float) -> Answer:
        """Send a whole request and read its answer; all of that, with a connection that may have to be opened, within
        the timeout. Raises OSError; the connection is closed then.

        A server may close a kept connection at any time; where it did so without a byte of an answer, the
        error is StaleConnection, and the request is worth sending again on a new connection. After end_sending
        it is Interrupted instead.
        """
        was_kept = False
        try:
            was_kept = self._is_fit()
            connection = self._open(time.monotonic() + timeout_seconds)
            # Interrupted already where there was no connection yet.
            start = b"" if self._interrupted else _send(request, connection)
            if start:
                answer, keep = read_answer(connection, start)
                if self._interrupted or not keep:
                    self.close()
                return answer
        except BaseException:
            self.close()
            raise
        error = Interrupted if self._interrupted else StaleConnection if was_kept else BrokenAnswer
        self.close()
        raise error("the server closed the connection")

    def end_sending(self) -> None:
        """Tell the server that nobody waits any longer (from another thread); an answer on its way still
        arrives."""
        self._interrupted = True
        connection = self._socket
        if connection is not None:
            connection.end_sending()

    def close(self) -> None:
        """Close; the next exchange opens a new connection."""
        self._drop()
        self._interrupted = False

    def _is_fit(self) -> bool:
        """Tell whether a kept connection can be used. What has come on it while it was idle (a load balancer's 408,
        an answer given up on) would be taken for the answer to the next request."""
        if self._socket is None:
            return False
        if self._socket.is_quiet():
            return True
        self._drop()
        return False

    def _open(self, deadline: float) -> TimedSocket:
        if self._socket is None:
            connect_by = time.monotonic() + self._connect_seconds
            self._socket = TimedSocket(self._host, self._port, self._tls, deadline, connect_by)
        self._socket.deadline = deadline
        return self._socket

    def _drop(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()


def _send(request: bytes, connection: TimedSocket) -> bytes:
    """Send, and return the beginning of the answer: nothing where the server closed the connection instead."""
    try:
        connection.send(request)
        return connection.receive(READ_BYTES)
    except (ConnectionError, ssl.SSLEOFError):
        return b""
