"""The end of the supervisor, told as a signal."""

from __future__ import annotations

import os
from collections.abc import Iterator

from worker_runtime.process.supervised import Supervised


def waiting(*signals: str | None) -> Supervised:
    received: Iterator[str | None] = iter(signals)
    return Supervised(lambda _: next(received), supervisor_pid=os.getppid() + 1)


def test_the_end_of_the_supervisor_is_told_once():
    supervised = waiting(None, None)
    assert supervised.wait(0) == "SUPERVISOR_GONE"
    assert supervised.wait(0) is None


def test_who_drains_already_is_not_hurried_by_it():
    supervised = waiting("SIGTERM", None)
    assert supervised.wait(0) == "SIGTERM"
    assert supervised.wait(0) is None


def test_a_supervisor_that_lives_is_not_mentioned():
    assert Supervised(lambda _: None, supervisor_pid=os.getppid()).wait(0) is None
