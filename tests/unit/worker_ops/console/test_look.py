"""What the page shows of a place: each part by AWS's answers, asked as often as it is worth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.told_account import ToldAccount, refusal
from tests.support.told_place import AT, QUEUE_ARN, SERVICE, SUBSCRIPTION_ARN, TOPIC_ARN, account, place, policy
from worker_ops.console.model.look import Look
from worker_ops.console.model.sources import sources_of
from worker_ops.errors import OpsError
from worker_ops.places.place import Service


class Clock:
    def __init__(self) -> None:
        self.seconds = AT.timestamp()

    def __call__(self) -> float:
        return self.seconds


def look(told: ToldAccount, logs: Path | None = None, service: Service = SERVICE) -> tuple[Look, Clock]:
    clock = Clock()
    return Look(place(told, logs, service), service, clock), clock


def test_everything_is_shown() -> None:
    document = look(account())[0].document()

    assert document["problems"] == []
    assert document["queues"] == [
        {
            "name": "main",
            "queue_name": "orders",
            "is_fifo": False,
            "visible": 7,
            "in_flight": 3,
            "delayed": 1,
            "dead_letter_queue_name": "orders-dead",
            "dead_letters": {"visible": 2, "in_flight": 0, "delayed": 0},
        }
    ]
    assert [(one["name"], one["service"], one["filter_policy"]) for one in document["sources"]["main"]] == [
        ("nightly", "events", ""),
        ("orders-topic", "sns", '{"tenant": ["t-1"]}'),
    ]
    assert document["running"] == {
        "desired": 3,
        "running": 2,
        "pending": 1,
        "task_definition": "orders:4",
        "deployment": "IN_PROGRESS",
        "because": "r",
        "events": [{"at": "2026-03-04T05:06:07+00:00", "text": "has begun"}],
    }
    assert document["alarms"] == [
        {
            "name": "dead",
            "state": "ALARM",
            "since": "2026-03-04T05:06:07+00:00",
            "why": "2 > 0",
            "description": "dead: workers dead-letters list",
            "scales": False,
            "is_silent": True,
        },
        {
            "name": "calm",
            "state": "OK",
            "since": "",
            "why": "",
            "description": "calm: workers dead-letters list",
            "scales": False,
            "is_silent": False,
        },
        {
            "name": "demand",
            "state": "ALARM",
            "since": "",
            "why": "",
            "description": "demand: workers dead-letters list",
            "scales": True,
            "is_silent": False,
        },
    ]
    assert document["scaling"] == {"min": 1, "max": 9, "is_suspended": True}
    assert document["decisions"] == [
        {"at": "2026-03-04T05:06:07+00:00", "what": "Setting 3", "why": "alarm", "status": "Successful"}
    ]
    assert document["at"] == "2026-03-04T05:06:07.000+00:00"


def test_the_document_is_json() -> None:
    json.dumps(look(account())[0].document(), allow_nan=False)


def test_a_refused_part_keeps_its_last_value_and_says_why() -> None:
    told = account()
    looking, clock = look(told)
    before = looking.document()
    told.answers["describe_alarms"] = OpsError("denied: cloudwatch:DescribeAlarms on *")
    told.answers["get_queue_attributes"] = refusal("QueueDoesNotExist", "no such queue")
    clock.seconds += 31

    document = looking.document()

    assert document["problems"] == [
        "queues: Operation was refused: QueueDoesNotExist: no such queue",
        "alarms: denied: cloudwatch:DescribeAlarms on *",
    ]
    assert (document["queues"], document["alarms"]) == (before["queues"], before["alarms"])
    asked = told.times("describe_alarms")
    clock.seconds += 59
    looking.document()
    assert told.times("describe_alarms") == asked
    clock.seconds += 1
    told.answers["describe_alarms"] = {"MetricAlarms": []}
    assert looking.document()["alarms"] == []


@pytest.mark.parametrize(("logs", "queues", "alarms"), [(None, 12, 2), (Path("none"), 60, 30)], ids=["stack", "box"])
def test_calls_that_somebody_pays_for_are_few(logs: Path | None, queues: int, alarms: int) -> None:
    told = account()
    looking, clock = look(told, logs)

    for _ in range(60):
        looking.document()
        clock.seconds += 1

    # A queue and its dead-letter queue; the sources are asked once more.
    sources = 1 if logs is None else 2
    assert told.times("get_queue_attributes") == 2 * queues + sources
    assert told.times("describe_alarms") == alarms


def test_a_place_without_an_ecs_service_shows_its_queues() -> None:
    queue_alone = Service("orders", SERVICE.queues)
    document = look(account(), service=queue_alone)[0].document()

    assert (document["running"], document["scaling"], document["decisions"]) == (None, None, [])
    assert document["queues"][0]["visible"] == 7
    assert document["problems"] == []
    assert document["has_log"] is False


def test_a_boxs_log_is_read_as_it_grows_and_again_when_it_begins_anew(tmp_path: Path) -> None:
    log = tmp_path / "worker-1.log"
    looking, clock = look(account(), tmp_path)

    def processed(content: str, mode: str = "a") -> int:
        with log.open(mode) as file:
            file.write(content)
        clock.seconds += 1
        return looking.document()["fates"]["main"]["processed"]["total"]

    line = json.dumps({"action": "message_processed", "message_id": "m"})
    assert processed(f"{line}\n{line}\n{line[:9]}") == 2
    assert processed(f"{line[9:]}\n") == 3
    assert processed(f"{line}\n", "w") == 4


def test_a_stacks_log_is_read_from_a_quarter_of_an_hour_before_each_line_once() -> None:
    asked: list[int] = []

    def events(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments["startTime"])
        fields = {"action": "message_processed", "message_id": f"m-{len(asked)}"}
        now = {
            "eventId": f"e-{len(asked)}",
            "timestamp": int(AT.timestamp() * 1_000),
            "message": json.dumps(fields) + "\n",
        }
        again = {**now, "eventId": "e-1"}
        return {"events": [{**event, "logStreamName": "orders/worker/0123456789ab"} for event in (now, again)]}

    service = replace(SERVICE, log_group_name="orders")
    looking, clock = look(account(filter_log_events=events), service=service)
    looking.document()
    clock.seconds += 5
    document = looking.document()

    assert asked[0] == int((AT.timestamp() - 900) * 1_000)
    assert (document["has_log"], document["fates"]["main"]["processed"]["total"]) == (True, 2)
    assert [(task["name"], task["processed"]) for task in document["tasks"]] == [("01234567", 2)]


def test_a_denied_statement_and_another_topics_queue_send_nothing() -> None:
    attributes = {"QueueArn": QUEUE_ARN, "Policy": policy(TOPIC_ARN, effect="Deny")}
    assert sources_of(account(), attributes) == []

    others = account(list_subscriptions_by_topic={"Subscriptions": [{"Endpoint": "arn:x", "SubscriptionArn": "arn:y"}]})
    (source,) = sources_of(others, {"QueueArn": QUEUE_ARN, "Policy": policy(TOPIC_ARN)})
    assert (source.name, source.is_subscribed, source.filter_policy_scope) == ("orders-topic", False, "")


def test_a_subscription_is_found_on_a_later_page_and_its_filter_defaults_to_attributes() -> None:
    def page(arguments: dict[str, Any]) -> dict[str, Any]:
        if "NextToken" in arguments:
            return {"Subscriptions": [{"Endpoint": QUEUE_ARN, "SubscriptionArn": SUBSCRIPTION_ARN}]}
        return {"Subscriptions": [], "NextToken": "more"}

    told = account(
        list_subscriptions_by_topic=page, get_subscription_attributes={"Attributes": {"FilterPolicy": '{"a": [1]}'}}
    )
    (source,) = sources_of(told, {"QueueArn": QUEUE_ARN, "Policy": policy(TOPIC_ARN)})

    assert (source.is_subscribed, source.filter_policy, source.filter_policy_scope) == (
        True,
        '{"a": [1]}',
        "MessageAttributes",
    )
