"""How calls reach SQS."""

from __future__ import annotations

from typing import Any, Protocol

#: How long an answer may take beyond the time that SQS was asked to wait.
ANSWER_SECONDS = 5


class Transport(Protocol):
    """A way to reach SQS. Operations, parameters and answers are those of its API, binary values are
    bytes."""

    def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """Make one call. Raises QueueError."""
        ...

    def interrupt(self) -> None:
        """Tell SQS that nobody waits any longer for the calls under way; they may still bring their
        answer."""
        ...
