"""JSON lines on stdout that never hold a handler up: a full sink loses lines, counted, rather than time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import threading
import time
from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from worker_runtime.telemetry.error_text import bounded
from worker_runtime.telemetry.event_log import MessageEvent

#: Lines that wait for stdout at most.
_LINES_MOST = 10_000
#: POSIX's PIPE_BUF on Linux; the lines are ASCII.
_PIPE_BYTES = 4_096
_GATHER_SECONDS = 0.01
_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
#: Fields with what an exception says.
_ERROR_TEXTS = {"error", "traceback"}

_encode = json.JSONEncoder(separators=(",", ":"), default=str, allow_nan=False).encode
_quote = json.encoder.encode_basestring_ascii


class JsonLog:
    """Writes JSON lines to a file descriptor from a thread of its own."""

    def __init__(self, level: str = "INFO", descriptor: int = 1, *, error_texts: bool = True) -> None:
        """Without `error_texts`, lines about a message tell the type of its handler's exception alone."""
        self.error_texts = error_texts
        self._least = _LEVELS[level]
        # Of its own: a handler may close the other one, whose number then goes to the next connection.
        self._descriptor = os.dup(descriptor)
        self._sink = os.fstat(self._descriptor)
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def event(self, action: str, level: str = "INFO", **fields: Any) -> None:
        """Log one event of the runtime."""
        if _LEVELS[level] >= self._least:
            self.line({"timestamp": _now(), "level": level, "action": action, **fields})

    def message_events(self, action: str, level: str, told: Iterable[MessageEvent]) -> None:
        """Log an event of each message, in a fraction of the time that the encoder would take."""
        if _LEVELS[level] < self._least:
            return
        start = f'{{"timestamp":"{_now()}","level":"{level}","action":"{action}","message_id":'
        self._append(
            f'{start}{_quote(message.id)},"topic":{"null" if message.topic is None else _quote(message.topic)},'
            f'"receive_count":{message.receive_count},"duration_seconds":{_seconds(round(seconds * 1e6))}'
            f"{self._members(more) if more else ''}}}"
            for message, seconds, more in told
        )

    def _members(self, more: dict[str, Any]) -> str:
        """More members of a line's object; what an exception says is bounded, or left out."""
        if texts := more.keys() & _ERROR_TEXTS:
            more = {name: value for name, value in more.items() if name not in texts} | (
                {name: bounded(more[name]) for name in texts} if self.error_texts else {}
            )
        return f",{_encode(more)[1:-1]}" if more else ""

    def line(self, document: dict[str, Any]) -> None:
        """Log one line."""
        try:
            line = _encode(document)
        except (TypeError, ValueError):
            line = _encode({name: _encodable(value) for name, value in document.items()})
        self._append([line])

    def _append(self, lines: Iterable[str]) -> None:
        """Have lines written, or drop them where stdout has been blocked for long."""
        if len(self._lines) >= _LINES_MOST:
            dropped = sum(1 for _ in lines)  # not within the next line: the thread that resets it may come between
            self._dropped += dropped
            return
        self._lines.extend(lines)
        if not self._wake.is_set():
            self._wake.set()

    def close(self, timeout_seconds: float) -> None:
        """Write what waits; give up after `timeout_seconds`."""
        self._closed = True
        self._wake.set()
        self._thread.join(timeout_seconds)
        with contextlib.suppress(OSError):
            if not self._thread.is_alive() and self._is_open():
                os.close(self._descriptor)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            # Many lines in one write: without this pause each line would cost a switch of threads.
            if not self._closed:
                time.sleep(_GATHER_SECONDS)
            self._wake.clear()
            while self._lines:
                self._write(self._next_lines())
            if self._closed and not self._lines:
                return

    def _next_lines(self) -> list[str]:
        """As many lines as a pipe takes in one piece, so that those of several processes do not mix."""
        lines = [self._lines.popleft()]
        size = len(lines[0])
        while self._lines and size + len(self._lines[0]) < _PIPE_BYTES:
            lines.append(self._lines.popleft())
            size += len(lines[-1]) + 1
        return lines

    def _write(self, lines: list[str]) -> None:
        data = ("\n".join(lines) + "\n").encode()
        # A closed stdout must not end the worker.
        with contextlib.suppress(OSError):
            while data and self._is_open():
                data = data[self._write_some(data) :]
        dropped, self._dropped = self._dropped, 0
        if dropped:
            document = {"timestamp": _now(), "level": "WARNING", "action": "logs_dropped", "lines": dropped}
            self._lines.appendleft(_encode(document))

    def _is_open(self) -> bool:
        """Tell whether the descriptor still is the sink's: a handler may close even those that it does not know."""
        return os.path.samestat(os.fstat(self._descriptor), self._sink)

    def _write_some(self, data: bytes) -> int:
        """Write what there is room for, and return how much that was."""
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # whoever shares stdout may have made it non-blocking
            room = select.poll()
            room.register(self._descriptor, select.POLLOUT)
            room.poll()
            return 0


def _encodable(value: Any) -> Any:
    """The value, or its text where JSON has no such value: NaN, infinity, keys of other types, circles."""
    try:
        _encode(value)
    except (TypeError, ValueError):
        return str(value)
    return value


@lru_cache(maxsize=1_000)
def _seconds(microseconds: int) -> str:
    """A duration as the lines tell it, formatted once: quick handlers take the same few microseconds time and again."""
    return f"{microseconds / 1e6:.6f}"


def _now() -> str:
    return timestamp(time.time())


_last_second = (0, "")
_last_moment = (0, "")


def timestamp(seconds: float) -> str:
    """A time, in seconds since 1970, as the lines tell it: in UTC, to the millisecond."""
    global _last_moment, _last_second
    milliseconds = int(seconds * 1000)
    moment = _last_moment
    if moment[0] != milliseconds:  # formatted once, not once a line
        whole, thousandths = divmod(milliseconds, 1000)
        second = _last_second
        if second[0] != whole:
            second = _last_second = (whole, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)))
        moment = _last_moment = (milliseconds, f"{second[1]}.{thousandths:03d}Z")
    return moment[1]
