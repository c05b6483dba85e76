"""Looks at a service again and again: each part of what the page shows as often as it is worth asking for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from botocore.exceptions import ClientError

from worker_ops.account import reason_of
from worker_ops.console.model.activity import Activity
from worker_ops.console.model.alarms import alarms_document
from worker_ops.console.model.queues import queues_document, sources_document
from worker_ops.console.model.running import decisions_document, running_document, scaling_document
from worker_ops.errors import OpsError
from worker_ops.logs.box_log import BoxLog
from worker_ops.logs.cloudwatch_log import CloudWatchLog
from worker_ops.logs.line import LogLine
from worker_ops.outage import may_pass
from worker_ops.places.place import Place, Service

#: How far back the log of a deployed service is read at first.
_SINCE_SECONDS = 15 * 60
#: A part that was refused is not asked again and again.
_REFUSED_SECONDS = 60.0


class _Log(Protocol):
    def new_lines(self) -> Iterator[LogLine]: ...


@dataclass
class _Part:
    """A part of the document: how to ask for it, how often, and what was last said."""

    ask: Callable[[], Any]
    every_seconds: float
    value: Any
    due: float = 0.0
    problem: str = ""


class Look:
    """One service of a place, as the page shows it."""

    def __init__(self, place: Place, service: Service, now: Callable[[], float] = time.time) -> None:
        """`now` tells the time in seconds since 1970."""
        self.activity = Activity([queue.name for queue in service.queues])
        self._place, self._service, self._now = place, service, now
        # The box's calls cost nothing; each of AWS's is a request that somebody pays for, and some are throttled.
        is_box = place.log_directory is not None
        self.every_seconds = 1.0 if is_box else 5.0
        account = place.account
        self._log = _log_of(place, service, now)
        self._parts = {
            "queues": _Part(lambda: queues_document(account, service), self.every_seconds, []),
            "running": _Part(lambda: running_document(place, service), self.every_seconds, None),
            "alarms": _Part(lambda: alarms_document(account, service), 2 if is_box else 30, []),
            "scaling": _Part(lambda: scaling_document(place, service), 5 if is_box else 30, None),
            "decisions": _Part(lambda: decisions_document(place, service), 2 if is_box else 30, []),
            "sources": _Part(lambda: sources_document(account, service), 30 if is_box else 300, {}),
            "log": _Part(self._read_log, self.every_seconds, None),
        }

    def document(self) -> dict[str, Any]:
        """How the service is now. What could not be asked keeps its last value, and `problems` says why."""
        now = self._now()
        for part in self._parts.values():
            if part.due <= now:
                _ask(part, now)
        values = {name: part.value for name, part in self._parts.items() if name != "log"}
        return {
            "at": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
            "has_log": self._log is not None,
            **values,
            **self.activity.document(now),
            "problems": [f"{name}: {part.problem}" for name, part in self._parts.items() if part.problem],
        }

    def _read_log(self) -> None:
        if self._log is not None:
            self.activity.add(self._log.new_lines())


def _ask(part: _Part, now: float) -> None:
    wait_seconds = part.every_seconds
    try:
        part.value, part.problem = part.ask(), ""
    except (OpsError, ClientError) as error:
        part.problem = reason_of(error)
        if not may_pass(error):
            wait_seconds = max(part.every_seconds, _REFUSED_SECONDS)
    except Exception as error:  # an answer that nobody expected must not hide the other parts
        part.problem = f"not understood: {type(error).__name__}: {error}"
        wait_seconds = max(part.every_seconds, _REFUSED_SECONDS)
    part.due = now + wait_seconds


def _log_of(place: Place, service: Service, now: Callable[[], float]) -> _Log | None:
    if place.log_directory is not None:
        return BoxLog(place.log_directory)
    if service.log_group_name is None:
        return None
    return CloudWatchLog(place.account, service.log_group_name, int((now() - _SINCE_SECONDS) * 1_000))
