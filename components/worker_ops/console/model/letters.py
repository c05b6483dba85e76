"""Dead letters as the page shows them: counted by reason, and one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

from worker_ops.dead_letters.held_letters import HeldLetters
from worker_ops.dead_letters.letter import Letter
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.dead_letters.selection import Selection

#: The page lists so many; the counts by reason are of all that were looked at.
LISTED_MOST = 500


def letters_document(queue: DeadLetterQueue, chosen: Selection, on_read: Callable[[], None]) -> dict[str, Any]:
    """Look through the queue: the letters stay, and are hidden from others meanwhile."""
    reasons: Counter[tuple[str, str]] = Counter()
    listed: list[dict[str, Any]] = []
    with HeldLetters(queue) as held:
        for letter in held:
            on_read()
            if chosen.has(letter):
                reasons[letter.reason, letter.error_type] += 1
                listed += islice([_letter(letter)], LISTED_MOST - len(listed))
    return {
        "looked_at": held.looked.looked_at,
        "is_cut_short": held.looked.is_cut_short,
        "fitting": reasons.total(),
        "reasons": [
            {"reason": reason, "error_type": error_type, "letters": count}
            for (reason, error_type), count in reasons.most_common()
        ],
        "letters": listed,
    }


def _letter(letter: Letter) -> dict[str, Any]:
    """The letter as --json shows it, but its text as it is: a body may be what JSON has no word for, such as NaN."""
    document = {name: value for name, value in letter.document().items() if name != "body"}
    return {**document, "text": letter.text, "first_received_at": letter.received_at}
