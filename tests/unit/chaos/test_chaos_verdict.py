"""The judge of random runs: what it must call wrong, and what a fault explains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chaos.schedule import FAILS_ALWAYS, Schedule, draw
from chaos.verdict import Curfew, Evidence, judge
from tests.support.fault_proxy import UNAVAILABLE, Seen
from tests.support.ledger import Attempt, Ledger

MESSAGES = [{"key": "a"}, {"key": "b", "reject": True}, {"key": "c", "fail": FAILS_ALWAYS}]
SCHEDULE = replace(draw(1, 0), fifo=False, messages=MESSAGES)
TWICE = [Attempt("a", 1, 7, "w1", 10.0, 11.0, "done"), Attempt("a", 2, 8, "w2", 20.0, 21.0, "done")]


def evidence(attempts: list[Attempt], **more: Any) -> Evidence:
    plain = Evidence(
        ledger=Ledger(attempts),
        sent=["a"],
        dead_lettered=[],
        queued=[],
        left_in_queue=0,
        died_at={},
        faults=[],
        exit_codes=[0],
    )
    return replace(plain, **more)


def wrong(schedule: Schedule = SCHEDULE, **more: Any) -> list[str]:
    attempts = more.pop("attempts", TWICE[:1])
    verdict = judge(schedule, evidence(attempts, **more), 1.0)
    return verdict.wrong


def test_a_run_in_which_all_was_done_once_is_good() -> None:
    verdict = judge(SCHEDULE, evidence(TWICE[:1]), 1.0)
    assert not verdict.failed
    assert (verdict.sent, verdict.done, verdict.duplicates) == (1, 1, 0)


def test_a_lost_message_fails_the_run() -> None:
    verdict = judge(SCHEDULE, evidence([]), 1.0)
    assert verdict.failed
    assert verdict.lost == ["a"]


@pytest.mark.parametrize(
    "explanation",
    [
        {"died_at": {"w1": 12.0}},
        {"faults": [Seen(11.5, "DeleteMessageBatch", UNAVAILABLE)]},
        {"faults": [Seen(10.5, "ChangeMessageVisibilityBatch", UNAVAILABLE)]},
    ],
)
def test_a_fault_at_the_time_explains_a_duplicate(explanation: dict[str, Any]) -> None:
    assert wrong(attempts=TWICE, **explanation) == []


@pytest.mark.parametrize(
    "no_explanation",
    [
        {},
        {"died_at": {"w1": 30.0, "w2": 12.0}},
        {"faults": [Seen(25.0, "DeleteMessageBatch", UNAVAILABLE)]},
        {"faults": [Seen(11.5, "GetQueueAttributes", UNAVAILABLE)]},
    ],
)
def test_other_duplicates_are_wrong(no_explanation: dict[str, Any]) -> None:
    assert wrong(attempts=TWICE, **no_explanation) == ["a was done twice although nothing failed in between"]


def test_a_message_left_over_is_wrong() -> None:
    assert wrong(attempts=[], queued=["a"], left_in_queue=1) == ["1 messages were never handled"]


def test_a_worker_that_does_not_leave_cleanly_is_wrong() -> None:
    assert wrong(exit_codes=[0, -9]) == ["a worker ended with exit code -9"]


def test_only_what_its_handler_refuses_for_good_may_be_a_dead_letter() -> None:
    failed = {key: Attempt(key, 3, 7, "w1", 10.0, 11.0, "failed") for key in ("a", "b", "c")}
    assert wrong(attempts=[failed["a"]], dead_lettered=["a"]) == ["a was dead-lettered after 1 tries"]
    assert wrong(attempts=[failed["b"], failed["c"]], sent=["b", "c"], dead_lettered=["b", "c"]) == []
    assert wrong(attempts=[], sent=["b"], dead_lettered=["b"]) == ["b was dead-lettered after 0 tries"]


HELD = Curfew(asked_at=100.0, left_at=102.0, exit_codes=[0, 0], in_flight=3)
SEEN = "no worker told of anything held when all left, and 3 messages were in flight"


def test_to_leave_with_exit_code_0_while_messages_are_in_flight_is_wrong() -> None:
    assert wrong(curfew=HELD) == [SEEN]
    assert wrong(curfew=HELD._replace(in_flight=0)) == []
    assert wrong(curfew=HELD._replace(exit_codes=[0, 1])) == []


@pytest.mark.parametrize(
    ("evidence", "explained"),
    [
        ({"died_at": {"w1": 99.0}}, True),
        ({"died_at": {"w1": 102.0}}, False),
        ({"died_at": {"w1": 80.0}}, False),
        ({"faults": [Seen(99.0, "ReceiveMessage", UNAVAILABLE)]}, True),
        ({"faults": [Seen(80.0, "ReceiveMessage", UNAVAILABLE)]}, False),
        ({"faults": [Seen(99.0, "DeleteMessageBatch", UNAVAILABLE)]}, False),
    ],
)
def test_a_kill_and_a_lost_receive_leave_messages_in_flight(evidence: dict[str, Any], explained: bool) -> None:
    assert wrong(curfew=HELD, **evidence) == ([] if explained else [SEEN])


def test_any_other_way_to_leave_is_wrong() -> None:
    curfew = HELD._replace(exit_codes=[-9, 2], in_flight=0)
    assert wrong(curfew=curfew) == ["a worker left with exit code -9", "a worker left with exit code 2"]


def test_to_be_green_while_idle_is_wrong() -> None:
    assert wrong(green_while_idle=["w1"]) == ["w1 was green while it did nothing and messages waited"]


def test_runs_have_curfews_and_sieges_with_messages_of_their_own() -> None:
    schedules = [draw(seed, 10) for seed in range(200)]
    assert 30 < sum(schedule.curfew_at_seconds is not None for schedule in schedules) < 90
    besieged = [schedule for schedule in schedules if schedule.siege]
    assert 2 < len(besieged) < 20
    assert all(schedule.besieged for schedule in besieged)


def test_a_seed_draws_the_same_run_again() -> None:
    assert draw(42, 100) == draw(42, 100)
    assert draw(42, 100) != draw(43, 100)
