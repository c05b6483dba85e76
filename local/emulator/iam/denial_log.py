"""What the emulator refused, kept for the people who wonder why nothing arrives."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

KEPT = 1_000


@dataclass(frozen=True)
class Denial:
    """A refused action, and how often. `reason` is AWS's own wording from "because" or "with" on."""

    principal: str
    action: str
    resource: str
    reason: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    count: int = field(default=1, compare=False)

    def __str__(self) -> str:
        """AWS's message."""
        return self.message(self.action)

    def message(self, action: str) -> str:
        """AWS's message with the action as the service spells it (SQS: in lower case, SNS: SNS:Publish)."""
        return (
            f"User: {self.principal} is not authorized to perform: {action} "
            f"on resource: {self.resource} {self.reason.replace(self.action, action)}"
        )


class DenialLog:
    """The latest refusals, each once with its count, oldest first. Process-wide, like moto's state."""

    def __init__(self) -> None:
        self._latest: dict[Denial, Denial] = {}
        self._lock = threading.Lock()

    def add(self, denial: Denial) -> None:
        """Keep one, or count it when it is known, dropping the oldest beyond the limit."""
        with self._lock:
            known = self._latest.pop(denial, None)
            self._latest[denial] = replace(denial, count=known.count + 1) if known else denial
            if len(self._latest) > KEPT:
                del self._latest[next(iter(self._latest))]

    def latest(self) -> list[Denial]:
        """A copy."""
        with self._lock:
            return list(self._latest.values())

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._latest.clear()


DENIALS = DenialLog()
