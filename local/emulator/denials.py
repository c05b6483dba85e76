"""What the emulator refused, kept for the people who wonder why nothing arrives."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

KEPT = 1_000


@dataclass(frozen=True)
class Denial:
    """One refused action. `reason` is AWS's own wording from "because" or "with" on."""

    principal: str
    action: str
    resource: str
    reason: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

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
    """The latest refusals, oldest first. Process-wide, like moto's state."""

    def __init__(self) -> None:
        self._latest: deque[Denial] = deque(maxlen=KEPT)

    def add(self, denial: Denial) -> None:
        """Keep one, dropping the oldest beyond the limit."""
        self._latest.append(denial)

    def latest(self) -> list[Denial]:
        """A copy."""
        return list(self._latest)

    def clear(self) -> None:
        """Forget all."""
        self._latest.clear()


DENIALS = DenialLog()
