"""One kept HTTP/1.1 connection, for small requests with small JSON answers.

http.client spends more time on reading headers than the whole of this takes: the figures are in docs/adr/0030.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from typing import NamedTuple

#: An answer's status line and headers, beyond which it is refused.
_HEAD_MOST_BYTES = 65_536
_READ_BYTES = 65_536
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?")
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]+")


class BrokenAnswer(OSError):  # noqa: N818 - an OSError, as every other failure of a connection is
    """What came back is not HTTP, or ended in the middle."""


class StaleConnection(OSError):  # noqa: N818 - see above
    """The server closed a kept connection, most likely before the request reached it."""


class Interrupted(OSError):  # noqa: N818 - see above
    """The server closed the connection after we had said that nobody waits: not worth sending again."""


class Answer(NamedTuple):
    """Status, headers (names in lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes | bytearray


class Connection:
    """A connection that is opened when needed and kept for as long as the server keeps it. Not for several
    threads."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, connect_seconds: float) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._connect_seconds = connect_seconds
        self._socket: socket.socket | None = None
        self._interrupted = False
        """Nobody waits for the exchange under way."""

    def exchange(self, request: bytes, timeout_seconds: float) -> Answer:
        """Send a whole request and read its answer. Raises OSError; the connection is closed then.

        A server may close a kept connection at any time; where it did so without a byte of an answer, the
        error is StaleConnection, and the request is worth sending again on a new connection. After end_sending
        it is Interrupted instead.
        """
        was_kept = self._socket is not None
        try:
            connection = self._open()
            if connection.gettimeout() != timeout_seconds:
                connection.settimeout(timeout_seconds)
            # Interrupted already where there was no connection yet.
            start = b"" if self._interrupted else _send(request, connection)
            if start:
                answer, keep = _read_answer(connection, start)
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
            # The method of the plain socket: that of a TLS socket would forget the keys that the answer
            # needs.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_WR)

    def close(self) -> None:
        """Close; the next exchange opens a new connection."""
        connection, self._socket = self._socket, None
        self._interrupted = False
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def _open(self) -> socket.socket:
        if self._socket is not None:
            return self._socket
        connection = socket.create_connection((self._host, self._port), self._connect_seconds)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_hostname=self._host)
        except BaseException:
            connection.close()
            raise
        self._socket = connection
        return connection


def _send(request: bytes, connection: socket.socket) -> bytes:
    """Send, and return the beginning of the answer: nothing where the server closed the connection instead."""
    try:
        connection.sendall(request)
        return connection.recv(_READ_BYTES)
    except (ConnectionError, ssl.SSLEOFError):
        return b""


def _read_answer(connection: socket.socket, start: bytes) -> tuple[Answer, bool]:
    """Read the answer that begins with `start`; tells, too, whether the connection may be kept."""
    data = start
    while (end := data.find(b"\r\n\r\n")) < 0:
        if len(data) > _HEAD_MOST_BYTES:
            raise BrokenAnswer(f"more than {_HEAD_MOST_BYTES} bytes of headers")
        data += _more(connection, data)
    status_line, *lines = data[:end].split(b"\r\n")
    status = _STATUS_LINE.fullmatch(status_line)
    if status is None:
        raise BrokenAnswer(f"not an HTTP answer: {status_line[:80]!r}")
    headers = _headers(lines)
    rest = data[end + 4 :]
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body, beyond = _chunks(connection, rest)
    else:
        body, beyond = _sized(connection, rest, headers.get("content-length", ""))
    keep = status[1] == b"1" and headers.get("connection", "").lower() != "close" and not beyond
    return Answer(int(status[2]), headers, body), keep


def _headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BrokenAnswer(f"not a header: {line[:80]!r}")
        headers[name.lower()] = value.strip()
    return headers


def _sized(connection: socket.socket, start: bytes, length: str) -> tuple[bytes | bytearray, bytes]:
    """The body of a known length, and what came after it."""
    if not length.isdigit():
        raise BrokenAnswer(f"an answer of unknown length: {length!r}")
    size = int(length)
    if len(start) == size:
        return start, b""
    return _exactly(connection, start, size)


def _chunks(connection: socket.socket, data: bytes) -> tuple[bytes, bytes]:
    """The body that comes in chunks, and what came after it."""
    chunks = []
    while True:
        line, data = _line(connection, data)
        size = _CHUNK_SIZE.match(line)
        if size is None:
            raise BrokenAnswer(f"not the size of a chunk: {line[:80]!r}")
        if int(size[0], 16) == 0:
            break
        chunk, data = _exactly(connection, data, int(size[0], 16))
        chunks.append(chunk)
        _, data = _line(connection, data)
    while line:  # trailers end with an empty line
        line, data = _line(connection, data)
    return b"".join(chunks), data


def _line(connection: socket.socket, data: bytes) -> tuple[bytes, bytes]:
    """The first line, and what follows it."""
    while (end := data.find(b"\r\n")) < 0:
        if len(data) > _HEAD_MOST_BYTES:
            raise BrokenAnswer(f"a line of more than {_HEAD_MOST_BYTES} bytes")
        data += _more(connection, data)
    return data[:end], data[end + 2 :]


def _exactly(connection: socket.socket, start: bytes, size: int) -> tuple[bytes | bytearray, bytes]:
    """`size` bytes, of which `start` has come, and what came after them."""
    if len(start) >= size:
        return start[:size], start[size:]
    body = bytearray(size)
    body[: len(start)] = start
    filled = len(start)
    with memoryview(body) as view:
        while filled < size:
            count = connection.recv_into(view[filled:])
            if count == 0:
                raise BrokenAnswer(f"the answer ended after {filled} of {size} bytes")
            filled += count
    return body, b""


def _more(connection: socket.socket, before: bytes) -> bytes:
    data = connection.recv(_READ_BYTES)
    if not data:
        raise BrokenAnswer(f"the answer ended after {before[:80]!r}")
    return data
