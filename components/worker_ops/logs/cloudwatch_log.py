"""Log lines of a deployed service, from CloudWatch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from worker_ops.account import Account
from worker_ops.logs.line import LogLine

_LOOK_SECONDS = 2
#: Lines reach CloudWatch late, and not in order: so far back is looked again.
_LATE_MILLISECONDS = 10_000


def cloudwatch_lines(
    account: Account, log_group_name: str, since_milliseconds: int, *, follow: bool
) -> Iterator[LogLine]:
    """The group's lines from then on, each once; with `follow` without an end."""
    start, seen = since_milliseconds, dict[str, int]()
    while True:
        latest = start
        for event in _events(account, log_group_name, start):
            if event["eventId"] in seen:
                continue
            seen[event["eventId"]] = event["timestamp"]
            latest = max(latest, event["timestamp"])
            task = event["logStreamName"].rpartition("/")[2][:8]
            yield LogLine.read(task, event["message"].rstrip("\n"), event["timestamp"])
        if not follow:
            return
        start = max(start, latest - _LATE_MILLISECONDS)
        seen = {id_: at for id_, at in seen.items() if at >= start}
        time.sleep(_LOOK_SECONDS)


def _events(account: Account, log_group_name: str, start: int) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = account.call("logs", "filter_log_events", logGroupName=log_group_name, startTime=start, **token)
        yield from page["events"]
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}
