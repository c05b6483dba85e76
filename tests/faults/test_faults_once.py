"""Handlers with `@once`: F80. What they do is done once for each key, whenever their process is killed."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from contextlib import closing

import pytest

from tests.support.fault_lab import FaultLab

KEYS = 12


@pytest.mark.parametrize("seed", range(20))
def test_f80_what_once_does_is_done_once_under_kill_9(lab: FaultLab, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    queue = lab.queue(max_receive_count=50)
    file = lab.directory / "once.sqlite"
    plans = [{"key": f"k-{number}"} for number in range(KEYS)]
    plans[0]["kill"], plans[1]["kill"] = "before", "after"
    # Some are sent twice, as a publisher may: another message, the same key.
    sent = [*plans, *chance.sample(plans[2:], 4)]
    chance.shuffle(sent)
    queue.send(*map(json.dumps, sent))
    starts = 0
    while not queue.is_empty():
        starts += 1
        assert starts <= 40
        with lab.direct_worker(queue, "tests.support.once_handlers.handle", ONCE_FILE=str(file)) as worker:
            ends_at = time.monotonic() + chance.uniform(0.5, 3)
            while time.monotonic() < ends_at and worker.process.poll() is None and not queue.is_empty():
                time.sleep(0.01)
    assert starts >= 2
    with closing(sqlite3.connect(file)) as database:
        effects = [row[0] for row in database.execute("SELECT key FROM effects")]
    assert sorted(effects) == sorted(plan["key"] for plan in plans)
    assert queue.dead_letters() == []
