"""The warning where handlers could be more than what a database takes."""

from __future__ import annotations

import pulumi
import pytest

from tests.support.deploy import deploy
from tests.support.worker_service import problems_of, worker_service


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: texts.append(text))
    return texts


def test_more_handlers_than_connections_are_warned_of(warnings: list[str]):
    deploy(lambda: worker_service(max_count=4, concurrency=10, processes=2, max_connections=79))
    [warning] = warnings
    assert warning == (
        "max_connections: 4 tasks of 2 processes with 10 handlers each may open 80 connections, and 79 are allowed;"
        " lower max_count, concurrency or processes"
    )


def test_as_many_handlers_as_connections_are_not(warnings: list[str]):
    deploy(lambda: worker_service(max_count=4, concurrency=10, processes=2, max_connections=80))
    deploy(lambda: worker_service(max_count=5_000, concurrency=1_000))
    assert warnings == []


def test_a_schedule_s_maximum_counts(warnings: list[str]):
    peak = {"schedule": "cron(0 8 * * ? *)", "min_count": 1, "max_count": 9}
    deploy(lambda: worker_service(max_count=4, concurrency=10, max_connections=80, schedules={"peak": peak}))
    assert warnings[0].startswith("max_connections: 9 tasks of 1 processes with 10 handlers each may open 90 ")


def test_a_limit_is_a_whole_number():
    assert problems_of(max_connections=0) == ["max_connections: 0 is not a whole number from 1 to 1000000"]
