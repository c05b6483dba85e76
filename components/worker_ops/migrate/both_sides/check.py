"""Check: something that has to be so before a step of a move."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Step(Enum):
    """A step of a move that cannot be taken back."""

    UNSUBSCRIBE = "unsubscribe"
    """End the old subscriptions."""
    DELETE = "delete"
    """Delete the old stack, and its queues with it."""


@dataclass(frozen=True)
class Check:
    """Something that has to be so before a step."""

    subject: str
    is_met: bool
    told: str
    before: Step
    is_choice: bool = False
    """A person may go on without it, who knows that it is meant so: a filter, a right or an alarm that goes."""

    def document(self) -> dict[str, Any]:
        """For other programs."""
        return {**asdict(self), "before": self.before.value}
