"""What became of every message: the handlers' own record, and what must be true of it whatever fails.

`fault_handlers` writes it. time.monotonic() is one clock for all processes of a machine, so its times compare.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path


@dataclass
class Attempt:
    """One run of a handler; `ended_at` is None where its process died first."""

    key: str
    number: int
    """The receive count."""
    pid: int
    worker: str
    """Whose process it was: LEDGER_WORKER where that is set, else the pid."""
    started_at: float
    ended_at: float | None = None
    outcome: str | None = None
    """`done` or `failed`."""
    cancelled: bool = False
    """The worker had told the handler, by its end, that its result no longer counts."""

    @property
    def done(self) -> bool:
        """The handler did its work."""
        return self.outcome == "done"


class Ledger:
    """All attempts, in the order in which they started."""

    def __init__(self, attempts: Iterable[Attempt]) -> None:
        self.attempts = list(attempts)
        self.by_key: dict[str, list[Attempt]] = defaultdict(list)
        for attempt in self.attempts:
            self.by_key[attempt.key].append(attempt)

    @classmethod
    def read(cls, path: Path) -> Ledger:
        """Read the file that the handlers wrote."""
        attempts: list[Attempt] = []
        running: dict[tuple[str, int, int], Attempt] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            entry = json.loads(line)
            run = entry["key"], entry["attempt"], entry["pid"]
            if entry["event"] == "start":
                running[run] = Attempt(*run, entry["worker"], entry["at"])
                attempts.append(running[run])
            else:
                attempt = running[run]
                attempt.ended_at, attempt.outcome = entry["at"], entry["event"]
                attempt.cancelled = entry["cancelled"]
        return cls(sorted(attempts, key=lambda attempt: attempt.started_at))

    @property
    def done(self) -> set[str]:
        """Messages whose handler did its work at least once."""
        return {attempt.key for attempt in self.attempts if attempt.done}

    @property
    def duplicates(self) -> dict[str, int]:
        """How often work was done again, by message."""
        times = Counter(attempt.key for attempt in self.attempts if attempt.done)
        return {key: count - 1 for key, count in times.items() if count > 1}

    def lost(self, sent: Iterable[str], dead_lettered: Iterable[str], queued: Iterable[str]) -> set[str]:
        """Messages that are nowhere: sent = done + dead-lettered + still queued must hold."""
        return set(sent) - self.done - set(dead_lettered) - set(queued)

    def overlaps(self, died_at: Mapping[str, float]) -> list[tuple[Attempt, Attempt]]:
        """Two attempts at one message at the same time. A worker that died ends its attempts."""
        pairs = []
        for attempts in self.by_key.values():
            for earlier, later in pairwise(attempts):
                ended_at = earlier.ended_at or died_at.get(earlier.worker)
                if ended_at is None or later.started_at < ended_at:
                    pairs.append((earlier, later))
        return pairs

    def out_of_order(self, groups: Mapping[str, list[str]], dead_letters: Iterable[str]) -> list[tuple[str, str]]:
        """Messages of a group that started before the one ahead of them was done with.

        A rerun of what was done before breaks no order: its effects were there when the next one started. So it is with
        what was dead-lettered before, and comes again because its delete had not been confirmed: it lies there twice.
        """
        copies = Counter(dead_letters)
        pairs = []
        for keys in groups.values():
            for first, second in pairwise(keys):
                if second in self.by_key:
                    started_at = self.by_key[second][0].started_at
                    if not self._finished_before(first, started_at, copies[first]):
                        pairs.append((first, second))
        return pairs

    def _finished_before(self, key: str, at: float, dead_letters: int) -> bool:
        attempts = self.by_key.get(key, [])
        if any(attempt.done and attempt.ended_at is not None and attempt.ended_at <= at for attempt in attempts):
            return True
        after = sum(attempt.started_at > at for attempt in attempts)
        if not after:
            return dead_letters > 0
        return dead_letters > 1 and len(attempts) > after
