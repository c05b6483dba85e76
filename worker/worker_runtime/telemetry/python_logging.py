"""Python's own logging, as JSON lines between those of the runtime."""

from __future__ import annotations

import logging
import threading
from typing import Any

from worker_runtime.message import current_message
from worker_runtime.telemetry.error_text import traceback_of
from worker_runtime.telemetry.json_log import JsonLog, timestamp


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
            "timestamp": timestamp(record.created),
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
            document["error"] = traceback_of(record.exc_info[1], error_texts=self._log.error_texts)
        return document


def start_logging(level: str, *, error_texts: bool) -> JsonLog:
    """Send the runtime's events and all of Python's logging to stdout as JSON lines."""
    log = JsonLog(level, error_texts=error_texts)
    log.start()
    logging.basicConfig(level=level, handlers=[LibraryHandler(log)], force=True)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    threading.excepthook = lambda failure: log.event(
        "thread_failed",
        "ERROR",
        thread=failure.thread.name if failure.thread else "",
        error=traceback_of(failure.exc_value, error_texts=error_texts) if failure.exc_value else "",
    )
    return log
