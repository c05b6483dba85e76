"""What the workers' log comes to: fates, rates, tasks and stories."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from worker_ops.console.model.activity import LATEST_MOST, Activity
from worker_ops.console.model.messages import MOST_MESSAGES
from worker_ops.console.model.rate import Rate
from worker_ops.logs.line import LogLine

BEGIN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC).timestamp()


FIELDS = {"action": "message_processed", "message_id": "m-1"}


def line(action: str | None, message_id: str | None = "m-1", *, second: float = 0, task: str = "t-1", **more: Any):
    at = datetime.fromtimestamp(BEGIN + second, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = {"timestamp": at, "level": "INFO", "action": action, "message_id": message_id, **more}
    return LogLine.read(task, json.dumps({name: value for name, value in fields.items() if value is not None}))


def seen(*lines: LogLine) -> Activity:
    activity = Activity(["main", "bulk"])
    activity.add(lines)
    return activity


@pytest.mark.parametrize(
    ("action", "fate"),
    [
        ("message_processed", "processed"),
        ("message_failed", "failed"),
        ("message_retried", "retried"),
        ("message_rejected", "rejected"),
        ("message_dead_lettered", "dead-lettered"),
        ("message_returned", "returned"),
        ("message_abandoned", "abandoned"),
    ],
)
def test_each_action_that_ends_a_try_is_a_fate(action: str, fate: str) -> None:
    document = seen(line(action)).document(BEGIN)

    assert [message["fate"] for message in document["messages"]] == [fate]
    assert {name: count["total"] for name, count in document["fates"]["main"].items() if count["total"]} == {fate: 1}


def test_a_message_is_listed_once_with_its_last_fate_the_newest_first() -> None:
    document = seen(
        line("message_failed", "m-1", receive_count=1, error="busy", topic="arn:t", duration_seconds=0.5),
        line("message_processed", "m-2", second=1),
        line("message_rejected", "m-1", second=2, receive_count=2, error="no amount", task="t-2", queue="bulk"),
    ).document(BEGIN)

    assert [message["id"] for message in document["messages"]] == ["m-1", "m-2"]
    newest = document["messages"][0]
    assert (newest["fate"], newest["tries"], newest["reason"], newest["task"], newest["queue"]) == (
        "rejected",
        2,
        "no amount",
        "t-2",
        "bulk",
    )
    assert "steps" not in newest


def test_a_story_has_every_line_in_the_order_of_time() -> None:
    activity = seen(
        line("message_rejected", second=3, task="t-2", error="no amount", error_type="Reject", receive_count=2),
        line("message_failed", second=1, error="busy", error_type="OSError", receive_count=1, delay_seconds=2),
        line("order_checked", second=2, message="checked", level="DEBUG"),
    )

    story = activity.story("m-1")

    assert story is not None
    assert [(step["action"], step["text"], step["error_type"]) for step in story["steps"]] == [
        ("message_failed", "busy", "OSError"),
        ("order_checked", "checked", ""),
        ("message_rejected", "no amount", "Reject"),
    ]
    assert story["steps"][0]["more"] == {"receive_count": "1", "delay_seconds": "2"}
    assert story["fate"] == "rejected"
    assert activity.story("m-2") is None


def test_what_only_a_handler_said_is_a_story_and_no_fate() -> None:
    activity = seen(line("order_checked", message="checked"))

    assert activity.document(BEGIN)["messages"] == []
    assert activity.story("m-1") is not None


@pytest.mark.parametrize(
    "odd",
    ["Traceback (most recent call last):", "[1, 2]", '{"action": ["message_processed"], "message_id": {"a": 1}}'],
    ids=["text", "a list", "other types"],
)
def test_lines_that_are_not_the_runtimes_do_no_harm(odd: str) -> None:
    document = seen(LogLine.read("t-1", odd)).document(BEGIN)

    assert (document["messages"], document["tasks"]) == ([], [])


@pytest.mark.parametrize("odd", ["many", [1], float("nan"), float("inf"), {}])
def test_numbers_that_are_none_count_as_nothing(odd: Any) -> None:
    activity = seen(line("message_processed", receive_count=odd, duration_seconds=odd))

    assert [(one["tries"], one["seconds"]) for one in activity.document(BEGIN)["messages"]] == [(0, 0.0)]


def test_whatever_a_handler_writes_a_story_is_short_and_json() -> None:
    deep = json.dumps({"action": "a", "message_id": "m-1"})[:-1] + ', "deep": ' + "[" * 900 + "]" * 900 + "}"
    activity = seen(
        LogLine.read("t-1", deep),
        line("order_checked", total=float("nan"), totals=[float("inf")], long="x" * 1_000_000, lists=[[1] * 99_999]),
    )

    story = json.dumps(activity.story("m-1"), allow_nan=False)

    assert len(story) < 10_000
    assert "NaN" in story


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "soon", 7, None])
def test_a_time_that_is_none_is_no_harm(timestamp: Any) -> None:
    activity = seen(LogLine.read("t-1", json.dumps({**FIELDS, "timestamp": timestamp})))

    assert activity.document(BEGIN)["fates"]["main"]["processed"] == {"total": 1, "a_second": 0.0}


def test_tasks_say_what_they_do() -> None:
    (works, stopped) = seen(
        line("worker_started", None, task="t-1"),
        line("message_processed", "m-1", task="t-1"),
        line("message_failed", "m-2", task="t-1"),
        line("health_changed", None, task="t-1", healthy=False, reason="no progress"),
        line("worker_started", None, task="t-0"),
        line("drain_started", None, task="t-0"),
        line("worker_stopped", None, task="t-0"),
    ).document(BEGIN)["tasks"]

    assert (works["name"], works["state"], works["processed"], works["not_processed"]) == ("t-1", "works", 1, 1)
    assert works["health"] == "no progress"
    assert (stopped["name"], stopped["state"], stopped["does"]) == ("t-0", "stopped", "worker_stopped")


@pytest.mark.parametrize(
    ("told", "counted"), [({}, "main"), ({"queue": "bulk"}, "bulk"), ({"queue": "x"}, "main"), ({"queue": [1]}, "main")]
)
def test_fates_are_counted_for_their_queue(told: dict[str, Any], counted: str) -> None:
    fates = seen(line("message_failed", **told)).document(BEGIN)["fates"]

    assert [name for name, counts in fates.items() if counts["failed"]["total"]] == [counted]
    assert fates[counted]["failed"]["a_second"] == 0.1


def test_a_task_that_has_nothing_to_do_is_there() -> None:
    metrics = {"_aws": {"CloudWatchMetrics": []}, "action": "metrics", "QueueName": "q"}
    document = seen(line("message_processed"), LogLine.read("t-2", json.dumps(metrics))).document(BEGIN)

    assert [(task["name"], task["does"], task["state"]) for task in document["tasks"]] == [
        ("t-1", "message_processed", "works"),
        ("t-2", "", "works"),
    ]
    assert len(document["messages"]) == 1


def test_of_many_tasks_those_that_stopped_are_forgotten_first() -> None:
    activity = seen(
        line("worker_started", None, task="old"),
        line("worker_stopped", None, task="gone", second=9),
        *(line("worker_started", None, task=f"t-{number}", second=1) for number in range(199)),
    )

    names = {task["name"] for task in activity.document(BEGIN)["tasks"]}
    assert len(names) == 200
    assert "gone" not in names
    assert "old" in names


def test_memory_and_the_list_stay_bounded_at_ten_thousand_messages() -> None:
    activity = seen(*(line("message_processed", f"m-{number}") for number in range(MOST_MESSAGES + 1)))
    document = activity.document(BEGIN)

    assert len(document["messages"]) == LATEST_MOST
    assert document["messages"][0]["id"] == f"m-{MOST_MESSAGES}"
    assert document["fates"]["main"]["processed"]["total"] == MOST_MESSAGES + 1
    assert activity.story("m-0") is None
    assert activity.story("m-1") is not None


def test_a_rate_is_of_the_last_ten_seconds() -> None:
    rate = Rate()
    rate.add(100, 30)
    rate.add(105, 20)

    assert (rate.a_second(105), rate.a_second(111), rate.a_second(200), rate.total) == (5.0, 2.0, 0.0, 50)
