"""Log lines of a deployed service, from CloudWatch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from worker_ops.account import Account
from worker_ops.logs.line import LogLine
from worker_ops.outage import Outage

_LOOK_SECONDS = 2
#: Lines reach CloudWatch late, and not in order: so far back is looked again.
_LATE_MILLISECONDS = 10_000


class CloudWatchLog:
    """A log group, from where it was last read."""

    def __init__(self, account: Account, log_group_name: str, since_milliseconds: int) -> None:
        self._account = account
        self._name = log_group_name
        self._start = since_milliseconds
        self._seen: dict[str, int] = {}

    def new_lines(self) -> Iterator[LogLine]:
        """The lines since the last look, each once."""
        latest = self._start
        for event in self._events():
            if event["eventId"] in self._seen:
                continue
            self._seen[event["eventId"]] = event["timestamp"]
            latest = max(latest, event["timestamp"])
            task = event["logStreamName"].rpartition("/")[2][:8]
            yield LogLine.read(task, event["message"].rstrip("\n"), event["timestamp"])
        self._start = max(self._start, latest - _LATE_MILLISECONDS)
        self._seen = {id_: at for id_, at in self._seen.items() if at >= self._start}

    def _events(self) -> Iterator[dict[str, Any]]:
        for page in self._account.pages("logs", "filter_log_events", logGroupName=self._name, startTime=self._start):
            yield from page["events"]


def cloudwatch_lines(
    account: Account, log_group_name: str, since_milliseconds: int, *, follow: bool
) -> Iterator[LogLine]:
    """The group's lines from then on, each once; with `follow` without an end, and whatever fails meanwhile and may
    pass."""
    log = CloudWatchLog(account, log_group_name, since_milliseconds)
    yield from log.new_lines()
    outage = Outage()
    while follow:
        time.sleep(_LOOK_SECONDS)
        with outage.outlived():
            yield from log.new_lines()
