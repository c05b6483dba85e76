"""Reads an HTTP/1.1 answer, as far as SQS and what may stand before it use HTTP.

http.client spends more time on reading headers than the whole of this takes: the figures are in docs/adr/0030.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from worker_runtime.sqs.timed_socket import TimedSocket

#: An answer's status line and headers, beyond which it is refused.
_HEAD_MOST_BYTES = 65_536
#: And a body: ten messages of 1 MiB, of which JSON makes six times as much at worst.
_BODY_MOST_BYTES = 67_108_864
READ_BYTES = 65_536
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?")
_LENGTH = re.compile(r"[0-9]{1,10}")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?")


class BrokenAnswer(OSError):  # noqa: N818 - an OSError, as every other failure of a connection is
    """What came back is not HTTP, is larger than any answer of SQS's, or ended in the middle."""


class Answer(NamedTuple):
    """Status, headers (names in lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes | bytearray


def read_answer(connection: TimedSocket, start: bytes) -> tuple[Answer, bool]:
    """Read the answer that begins with `start`; tells, too, whether the connection may be kept. Raises OSError."""
    data = start
    while (end := data.find(b"\r\n\r\n")) < 0:
        if len(data) > _HEAD_MOST_BYTES:
            raise BrokenAnswer(f"more than {_HEAD_MOST_BYTES} bytes of headers")
        data += _more(connection, data)
    status_line, *lines = data[:end].decode("latin-1").split("\r\n")
    status = _STATUS_LINE.fullmatch(status_line)
    if status is None:
        raise BrokenAnswer(f"not an HTTP answer: {status_line[:80]!r}")
    headers = _headers(lines)
    rest = data[end + 4 :]
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body, beyond = _chunks(connection, rest)
    else:
        body, beyond = _sized(connection, rest, headers.get("content-length", ""))
    keep = status[1] == "1" and headers.get("connection", "").lower() != "close" and not beyond
    return Answer(int(status[2]), headers, body), keep


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BrokenAnswer(f"not a header: {line[:80]!r}")
        headers[name.lower()] = value.strip()
    return headers


def _sized(connection: TimedSocket, start: bytes, length: str) -> tuple[bytes | bytearray, bytes]:
    """The body of a known length, and what came after it."""
    if not _LENGTH.fullmatch(length):
        raise BrokenAnswer(f"an answer of unknown length: {length[:80]!r}")
    size = int(length)
    if len(start) == size:
        return start, b""
    return _exactly(connection, start, size)


def _chunks(connection: TimedSocket, data: bytes) -> tuple[bytes, bytes]:
    """The body that comes in chunks, and what came after it."""
    chunks, total = [], 0
    line, data = _line(connection, data)
    while size := _chunk_size(line):
        total += size
        _refuse_beyond_the_most(total)
        chunk, data = _exactly(connection, data, size)
        chunks.append(chunk)
        end, data = _line(connection, data)
        if end:
            raise BrokenAnswer(f"a chunk that goes on beyond its size: {end[:80]!r}")
        line, data = _line(connection, data)
    while line:  # trailers end with an empty line
        line, data = _line(connection, data)
    return b"".join(chunks), data


def _chunk_size(line: bytes) -> int:
    size = _CHUNK_SIZE.fullmatch(line)
    if size is None:
        raise BrokenAnswer(f"not the size of a chunk: {line[:80]!r}")
    return int(size[1], 16)


def _line(connection: TimedSocket, data: bytes) -> tuple[bytes, bytes]:
    """The first line, and what follows it."""
    while (end := data.find(b"\r\n")) < 0:
        if len(data) > _HEAD_MOST_BYTES:
            raise BrokenAnswer(f"a line of more than {_HEAD_MOST_BYTES} bytes")
        data += _more(connection, data)
    return data[:end], data[end + 2 :]


def _exactly(connection: TimedSocket, start: bytes, size: int) -> tuple[bytes | bytearray, bytes]:
    """`size` bytes, of which `start` has come, and what came after them."""
    if len(start) >= size:
        return start[:size], start[size:]
    _refuse_beyond_the_most(size)
    body = bytearray(size)
    body[: len(start)] = start
    filled = len(start)
    with memoryview(body) as view:
        while filled < size:
            count = connection.receive_into(view[filled:])
            if count == 0:
                raise BrokenAnswer(f"the answer ended after {filled} of {size} bytes")
            filled += count
    return body, b""


def _more(connection: TimedSocket, before: bytes) -> bytes:
    data = connection.receive(READ_BYTES)
    if not data:
        raise BrokenAnswer(f"the answer ended after {before[:80]!r}")
    return data


def _refuse_beyond_the_most(size: int) -> None:
    if size > _BODY_MOST_BYTES:
        raise BrokenAnswer(f"a body of {size} bytes, where SQS sends {_BODY_MOST_BYTES} at most")
