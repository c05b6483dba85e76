"""JSON lines on stdout that never hold a handler up: a full sink loses lines, counted, rather than time.

Each line has `timestamp`, `level` and, where the runtime wrote it, `action`:

| action | when |
|---|---|
| worker_started, worker_stopped | the process begins and ends; `exit_code` |
| queue_warning | a setting of the queue does not go well with the worker's |
| message_processed | the handler returned |
| message_failed | the handler raised, or ran too long; it is tried again in `delay_seconds` |
| message_retried | the handler raised Retry; it is tried again in `delay_seconds` |
| message_rejected | the handler raised Reject; it is in the dead-letter queue |
| message_dead_lettered | the last permitted try failed; it is in the dead-letter queue |
| dead_letter_failed | it could not be put there; SQS's own redrive will |
| message_returned | it was handed back before its next start: the worker stops, or its group has to wait |
| message_abandoned | its handler was still running when the time to stop was over |
| message_unreadable | a fault of the runtime keeps it from being read; SQS delivers it again |
| message_received_again | SQS delivered a message that is held here; it is not run twice |
| handler_finished_late | a handler came back after its message was taken from it |
| lease_lost | another worker may have the message; the result does not count |
| heartbeat_failed, delete_failed, return_failed | a call about held messages failed |
| receive_failed, receive_recovered | SQS does not answer as it should, and does again |
| metrics | once a minute: what happened since the last (metrics.py) |
| process_ended | one of WORKER_PROCESSES ended by itself, and is started again in `restart_seconds` |
| demand | every 10 seconds with WORKER_PUBLISH_DEMAND: how many tasks are needed (demand.py) |
| demand_failed | SQS or ECS did not answer that question; it is asked again |
| protection_failed | the ECS agent refused scale-in protection |
| settle_failed, thread_failed | an error in the runtime itself: please report it |
| health_changed | the container's health check turned, and why |
| drain_started | a signal asked the worker to stop |
| logs_dropped | lines were lost, because stdout was blocked |

Lines about one message have `message_id`, `topic`, `receive_count` and `duration_seconds`, `trace_id` where
the sender was in a trace, and `error_type` and `error` where its handler failed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import sys
import threading
import time
import traceback
from collections import deque
from contextvars import ContextVar
from typing import Any, Protocol

from worker_runtime.message import Message

#: Lines that wait for stdout at most.
_LINES_MOST = 10_000
#: POSIX's PIPE_BUF on Linux; the lines are ASCII.
_PIPE_BYTES = 4_096
_GATHER_SECONDS = 0.01
_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}

#: The message whose handler runs here, so that the handler's own log lines name it.
current_message: ContextVar[Message | None] = ContextVar("current_message", default=None)

_encode = json.JSONEncoder(separators=(",", ":"), default=str, allow_nan=False).encode
_quote = json.encoder.encode_basestring_ascii


class EventLog(Protocol):
    """Where the runtime's parts report what happens."""

    def event(self, action: str, level: str = "INFO", **fields: Any) -> None:
        """Report one event."""
        ...

    def message_event(self, action: str, level: str, message: Message, seconds: float, **more: Any) -> None:
        """Report what happened to a message, whose handler took `seconds`."""
        ...

    def line(self, document: dict[str, Any]) -> None:
        """Write a line that is complete in itself."""
        ...


class JsonLog:
    """Writes JSON lines to a file descriptor from a thread of its own."""

    def __init__(self, level: str = "INFO", descriptor: int = 1) -> None:
        self._least = _LEVELS[level]
        self._descriptor = descriptor
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

    def message_event(self, action: str, level: str, message: Message, seconds: float, **more: Any) -> None:
        """Log one event of a message, in a third of the time that the encoder would take."""
        if _LEVELS[level] < self._least:
            return
        topic = "null" if message.topic is None else _quote(message.topic)
        self._append(
            f'{{"timestamp":"{_now()}","level":"{level}","action":"{action}","message_id":{_quote(message.id)},'
            f'"topic":{topic},"receive_count":{message.receive_count},"duration_seconds":{seconds:.6f}'
            f"{',' + _encode(more)[1:-1] if more else ''}}}"
        )

    def line(self, document: dict[str, Any]) -> None:
        """Log one line."""
        try:
            line = _encode(document)
        except (TypeError, ValueError):
            line = _encode({name: _encodable(value) for name, value in document.items()})
        self._append(line)

    def _append(self, line: str) -> None:
        """Have a line written, or drop it where stdout has been blocked for long."""
        if len(self._lines) >= _LINES_MOST:
            self._dropped += 1
            return
        self._lines.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def close(self, timeout_seconds: float) -> None:
        """Write what waits; give up after `timeout_seconds`."""
        self._closed = True
        self._wake.set()
        self._thread.join(timeout_seconds)

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
            while data:
                data = data[self._write_some(data) :]
        dropped, self._dropped = self._dropped, 0
        if dropped:
            document = {"timestamp": _now(), "level": "WARNING", "action": "logs_dropped", "lines": dropped}
            self._lines.appendleft(_encode(document))

    def _write_some(self, data: bytes) -> int:
        """Write what there is room for, and return how much that was."""
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # whoever shares stdout may have made it non-blocking
            room = select.poll()
            room.register(self._descriptor, select.POLLOUT)
            room.poll()
            return 0


class LibraryHandler(logging.Handler):
    """Turns the records of Python's logging, the user's and the libraries', into the same JSON lines."""

    _STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def __init__(self, log: JsonLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record."""
        try:
            self._log.line(self._document(record))
        except Exception:
            self.handleError(record)

    def _document(self, record: logging.LogRecord) -> dict[str, Any]:
        document: dict[str, Any] = {
            "timestamp": _time(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        message = current_message.get()
        if message is not None:
            document["message_id"] = message.id
        for name, value in vars(record).items():
            if name not in self._STANDARD:
                document.setdefault(name, value)
        if record.exc_info and record.exc_info[1] is not None:
            document["error"] = "".join(traceback.format_exception(record.exc_info[1]))
        return document


def start_logging(level: str) -> JsonLog:
    """Send the runtime's events and all of Python's logging to stdout as JSON lines."""
    log = JsonLog(level)
    log.start()
    logging.basicConfig(level=level, handlers=[LibraryHandler(log)], force=True)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    threading.excepthook = lambda failure: log.event(
        "thread_failed",
        "ERROR",
        thread=failure.thread.name if failure.thread else "",
        error="".join(traceback.format_exception(failure.exc_value)) if failure.exc_value else "",
    )
    return log


def write_problems(problems: list[str]) -> None:
    """Tell a person, on stderr, what keeps the worker from starting."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    sys.stderr.write(f"The worker cannot start: {count}.\n" + "".join(f"  - {problem}\n" for problem in problems))


def _encodable(value: Any) -> Any:
    """The value, or its text where JSON has no such value: NaN, infinity, keys of other types, circles."""
    try:
        _encode(value)
    except (TypeError, ValueError):
        return str(value)
    return value


def _now() -> str:
    return _time(time.time())


_last_second = (0, "")


def _time(seconds: float) -> str:
    global _last_second
    whole = int(seconds)
    cached = _last_second
    if cached[0] != whole:  # formatted once, not once a line
        cached = _last_second = (whole, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)))
    return f"{cached[1]}.{int((seconds - whole) * 1000):03d}Z"
