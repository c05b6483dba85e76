"""How far a look through a dead-letter queue went, and what was done with the letters that were meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker_ops.queues import QueueCounts


@dataclass(frozen=True)
class Looked:
    """How a look ended."""

    looked_at: int
    left: int
    """Of those, how many are in the queue still."""
    is_cut_short: bool
    """As many were held as may be, and there are letters that were not looked at."""

    def cut_short(self, counts: QueueCounts) -> str:
        """Why it ended before the queue did, and what is left; `counts` are the queue's when all were released."""
        more = max(1, counts.visible - self.left)
        return (
            f"stopped at {self.left:,} letters that stay, the most that are held at a time: about {more:,} more were "
            "not looked at; redrive or purge some of those that stay, and run this again"
        )

    def missing(self, letter_id: str, queue_name: str, counts: QueueCounts) -> str:
        """That it did not find a letter, and where the letter may be."""
        told = [f"no letter {letter_id} is in {queue_name}"]
        if counts.in_flight:
            told.append(f"{counts.in_flight:,} are held by somebody else just now: try again in a minute")
        if self.is_cut_short:
            told.append(self.cut_short(counts))
        return "; ".join(told)


@dataclass(frozen=True)
class Worked:
    """What was done with the letters of a selection."""

    count: int
    looked: Looked
    double: int = 0
    """Copied again, because a killed redrive may have copied them already."""

    def undone(self, ids: Sequence[str], queue_name: str, counts: QueueCounts) -> list[str]:
        """What was asked for and not done: `ids` that were not found, letters that were not looked at."""
        asked = len(set(ids))
        told = []
        if self.count < asked:
            were = "1 letter" if asked == 1 else f"{asked:,} letters"
            told.append(f"{asked - self.count:,} of {were} not found in {queue_name}, or held by somebody else")
        if self.looked.is_cut_short:
            told.append(self.looked.cut_short(counts))
        return told
