"""The workers' log lines as they pass by: each one while a person can read them, and else how many there were."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from local.screen import printable

#: Lines that are shown between two summaries: more than anybody reads in a second.
LINES_MOST = 20
#: More than a terminal shows of one line, whatever a handler prints.
_LINE_MOST_CHARACTERS = 2_000
#: Figures for CloudWatch, which nobody reads as they pass by.
_METRICS = ("metrics", "demand")
_STYLES = {"WARNING": "yellow", "ERROR": "red"}
#: What says most about a line, the first that it has.
_DETAILS = ("error", "reason", "message", "handler", "signal", "exit_code")


class LogFeed:
    """Shows lines from any thread. `quiet` shows only how many there were."""

    def __init__(self, say: Callable[[str, str], None], *, quiet: bool) -> None:
        self._say = say
        self._most = 0 if quiet else LINES_MOST
        self._shown = 0
        self._left_out: Counter[str] = Counter()
        # Each worker's log is read by a thread of its own.
        self._lock = threading.Lock()

    def add(self, worker: int, entry: dict[str, Any]) -> None:
        """Show a line, or count it."""
        action = str(entry.get("action", ""))
        if action in _METRICS:
            return
        with self._lock:
            if self._shown >= self._most:
                self._left_out[action or "other lines"] += 1
                return
            self._shown += 1
        self._say(log_line(worker, entry), _STYLES.get(str(entry.get("level")), ""))

    @property
    def shows_all(self) -> bool:
        """Whether every line since the last summary was shown."""
        with self._lock:
            return not self._left_out

    def summarize(self) -> None:
        """Show what was counted since the last time, and have room for lines again."""
        with self._lock:
            left_out, self._left_out, self._shown = self._left_out, Counter(), 0
        if left_out:
            counts = ", ".join(f"{count:,} {action}" for action, count in sorted(left_out.items()))
            self._say(printable(f"  and {counts}"), "dim")


def log_line(worker: int, entry: dict[str, Any]) -> str:
    """A worker's log line for people: time, worker, what happened, to which message, and the main detail."""
    at = str(entry.get("timestamp", ""))[11:23]
    detail = next((str(entry[name]) for name in _DETAILS if entry.get(name)), "")
    what = str(entry.get("action", entry.get("level", "")))
    message_id = str(entry.get("message_id") or "")
    line = f"{at:<12}  worker {worker}  {what:<22} {message_id:<36}  {detail}"
    return printable(line[:_LINE_MOST_CHARACTERS]).rstrip()
