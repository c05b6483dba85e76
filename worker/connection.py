"""One kept HTTP/1.1 connection, for small requests with small JSON answers.

http.client spends more time on reading headers than the whole of this takes; the figures are in
docs/adr/0030-own-wire-path-for-three-calls.md.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import IO, NamedTuple

#: A header line, and the number of them, beyond which an answer is refused.
_LINE_MOST_BYTES = 65_536
_HEADERS_MOST = 100


class BrokenAnswer(OSError):  # noqa: N818 - an OSError, as every other failure of a connection is
    """What came back is not HTTP, or ended in the middle."""


class StaleConnection(OSError):  # noqa: N818 - see above
    """The server closed a kept connection, most likely before the request reached it."""


class Answer(NamedTuple):
    """Status, headers (names in lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """A connection that is opened when needed and kept for as long as the server keeps it. Not for several
    threads."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, connect_seconds: float) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._connect_seconds = connect_seconds
        self._socket: socket.socket | None = None
        self._reader: IO[bytes] | None = None

    def exchange(self, request: bytes, timeout_seconds: float) -> Answer:
        """Send a whole request and read its answer. Raises OSError; the connection is closed then.

        A server may close a kept connection at any time; where it did so without a byte of an answer, the
        error is
        StaleConnection, and the request is worth sending again on a new connection.
        """
        was_kept = self._socket is not None
        try:
            connection, reader = self._open()
            connection.settimeout(timeout_seconds)
            status_line = _send(request, connection, reader)
            if status_line:
                return self._read_answer(status_line, reader)
        except BaseException:
            self.close()
            raise
        self.close()
        raise (StaleConnection if was_kept else BrokenAnswer)("the server closed the connection")

    def end_sending(self) -> None:
        """Tell the server that nobody waits any longer (from another thread); an answer on its way still
        arrives."""
        connection = self._socket
        if connection is not None:
            # The method of the plain socket: that of a TLS socket would forget the keys that the answer
            # needs.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_WR)

    def close(self) -> None:
        """Close; the next exchange opens a new connection."""
        connection, reader = self._socket, self._reader
        self._socket = self._reader = None
        for part in (reader, connection):
            if part is not None:
                with contextlib.suppress(OSError):
                    part.close()

    def _open(self) -> tuple[socket.socket, IO[bytes]]:
        if self._socket is not None and self._reader is not None:
            return self._socket, self._reader
        connection = socket.create_connection((self._host, self._port), self._connect_seconds)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_hostname=self._host)
        except BaseException:
            connection.close()
            raise
        self._socket, self._reader = connection, connection.makefile("rb")
        return self._socket, self._reader

    def _read_answer(self, status_line: bytes, reader: IO[bytes]) -> Answer:
        parts = status_line.split(None, 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
            raise BrokenAnswer(f"not an HTTP answer: {status_line[:80]!r}")
        headers = _read_headers(reader)
        body = _read_body(headers, reader)
        if headers.get("connection", "").lower() == "close" or parts[0] == b"HTTP/1.0":
            self.close()
        return Answer(int(parts[1]), headers, body)


def _send(request: bytes, connection: socket.socket, reader: IO[bytes]) -> bytes:
    """Send, and return the first line of the answer: nothing where the server closed the connection
    instead."""
    try:
        connection.sendall(request)
        return reader.readline(_LINE_MOST_BYTES)
    except (ConnectionError, ssl.SSLEOFError):
        return b""


def _read_headers(reader: IO[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_HEADERS_MOST):
        line = reader.readline(_LINE_MOST_BYTES)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.partition(b":")
        if not colon or not line.endswith(b"\n"):
            raise BrokenAnswer(f"not a header: {line[:80]!r}")
        headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
    raise BrokenAnswer(f"more than {_HEADERS_MOST} headers")


def _read_body(headers: dict[str, str], reader: IO[bytes]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _read_chunks(reader)
    length = headers.get("content-length", "")
    if not length.isdigit():
        raise BrokenAnswer(f"an answer of unknown length: {length!r}")
    return _read_exactly(reader, int(length))


def _read_chunks(reader: IO[bytes]) -> bytes:
    chunks = []
    while True:
        line = reader.readline(_LINE_MOST_BYTES)
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            raise BrokenAnswer(f"not the size of a chunk: {line[:80]!r}") from None
        if size == 0:
            _read_headers(reader)
            return b"".join(chunks)
        chunks.append(_read_exactly(reader, size))
        reader.readline(_LINE_MOST_BYTES)


def _read_exactly(reader: IO[bytes], size: int) -> bytes:
    data = reader.read(size)
    if len(data) != size:
        raise BrokenAnswer(f"the answer ended after {len(data)} of {size} bytes")
    return data
