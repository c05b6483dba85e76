"""When the demo is over, and whether it went as it must."""

from __future__ import annotations

import pytest

from local.commands.demo import Counts


@pytest.mark.parametrize(
    ("counts", "settled", "right"),
    [
        (Counts(visible=0, in_flight=0, processed=47, dead_lettered=3), True, True),
        (Counts(visible=0, in_flight=0, processed=50, dead_lettered=0), True, False),
        (Counts(visible=0, in_flight=0, processed=48, dead_lettered=3), True, False),
        (Counts(visible=0, in_flight=0, processed=0, dead_lettered=50), True, False),
        (Counts(visible=0, in_flight=0, processed=46, dead_lettered=3), False, False),
        (Counts(visible=1, in_flight=0, processed=47, dead_lettered=3), False, False),
        (Counts(visible=0, in_flight=1, processed=47, dead_lettered=3), False, False),
    ],
)
def test_only_47_processed_and_3_dead_lettered_are_right(counts: Counts, settled: bool, right: bool) -> None:
    assert (counts.is_settled, counts.is_right) == (settled, right)
