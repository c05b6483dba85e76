"""The ledger: every handler appends its message's number, a line of eight bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LINE_BYTES = 8


@dataclass(frozen=True)
class Balance:
    """What the ledger says about the messages sent."""

    handled: int
    """Different messages that were handled."""
    lost: int
    """Messages that were sent and not handled."""
    again: int
    """Handlings beyond the first of a message."""
    strange: int
    """Lines that name no message sent."""

    @property
    def once_each(self) -> bool:
        """Tell whether every message was handled exactly once."""
        return not (self.lost or self.again or self.strange)


def balance(lines: Iterable[str], sent: int) -> Balance:
    """Compare the ledger's lines with the messages 0 to `sent` - 1."""
    counts = Counter(lines)
    known = {number: count for number, count in counts.items() if number.isdecimal() and int(number) < sent}
    return Balance(
        handled=len(known),
        lost=sent - len(known),
        again=sum(known.values()) - len(known),
        strange=sum(counts.values()) - sum(known.values()),
    )


def read(path: Path) -> list[str]:
    """Read the ledger's lines."""
    return path.read_text().splitlines()
