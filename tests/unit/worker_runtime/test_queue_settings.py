"""WORKER_QUEUES: what it says of each queue, and what it must not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from worker_runtime.errors import SettingsError
from worker_runtime.queue_settings import QUEUES_MOST, QueueSettings
from worker_runtime.settings import Settings

SALES = "arn:aws:sns:eu-west-1:123456789012:sales"
URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
REQUIRED = {
    "QUEUE_NAME": "orders",
    "QUEUE_URI": URL,
    "QUEUE_REGION": "eu-west-1",
    "WORKER_HANDLER": "shop.handle",
    "WORKER_BACKOFF_BASE_SECONDS": "7",
    "WORKER_DEMAND_PER_VISIBLE": "0.5",
}
OF_MAIN = (
    "topics, subscribed_topics_only, acceptable_latency_seconds, demand_per_visible, demand_per_in_flight,"
    " backoff_base_seconds, backoff_cap_seconds"
)
PATH = "a dotted path such as package.module.function, or null"
NO_OBJECT = "is not a JSON object of queues, each an object"


def queues(given: Any) -> tuple[QueueSettings, ...]:
    text = given if isinstance(given, str) else json.dumps(given)
    return Settings.from_environment({**REQUIRED, "WORKER_QUEUES": text}).queues


def test_without_it_there_is_the_main_queue() -> None:
    main = QueueSettings(uri=URL, backoff_base_seconds=7, demand_per_visible=0.5)

    assert Settings.from_environment(REQUIRED).queues == queues({}) == queues({"main": {}}) == (main,)


def test_topics_and_their_handlers_are_read() -> None:
    [main] = queues({"main": {"topics": {SALES: "shop.sales.handle"}, "subscribed_topics_only": True}})

    assert main.topics == {SALES: "shop.sales.handle"}
    assert main.subscribed_topics_only is True


def test_other_queues_come_after_the_main_one_and_take_from_it_what_they_do_not_say() -> None:
    bulk = {"uri": f"{URL}-bulk", "handler": "shop.bulk", "acceptable_latency_seconds": 3600, "demand_per_visible": 0.1}
    main, other = queues({"bulk": bulk})

    assert (main.key, main.acceptable_latency_seconds) == ("main", 60)
    assert other == QueueSettings(
        key="bulk",
        uri=f"{URL}-bulk",
        handler="shop.bulk",
        acceptable_latency_seconds=3600,
        demand_per_visible=0.1,
        backoff_base_seconds=7,
    )
    assert other.name == "orders-bulk"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("{", f"WORKER_QUEUES: '{{' {NO_OBJECT}"),
        ("[]", f"WORKER_QUEUES: '[]' {NO_OBJECT}"),
        ("[" * 100_000, NO_OBJECT),
        ('{"main": 1}', f"WORKER_QUEUES: '{{\"main\": 1}}' {NO_OBJECT}"),
        ({"main": {"topic": {}}}, f"WORKER_QUEUES.main.topic: unknown; known are {OF_MAIN}"),
        ({"main": {"uri": URL}}, f"WORKER_QUEUES.main.uri: unknown; known are {OF_MAIN}"),
        ({"main": {"topics": []}}, "WORKER_QUEUES.main.topics: [] is not an object of topic ARNs"),
        ({"main": {"topics": {"sales": None}}}, "WORKER_QUEUES.main.topics.sales: 'sales' is not a topic's ARN"),
        ({"main": {"topics": {SALES: "handle"}}}, f"WORKER_QUEUES.main.topics.{SALES}: 'handle' is not {PATH}"),
        (
            {"main": {"subscribed_topics_only": "yes"}},
            "WORKER_QUEUES.main.subscribed_topics_only: 'yes' is not true or false",
        ),
        (
            {"bulk": {}},
            "WORKER_QUEUES.bulk.uri: required, the queue's URL (https://sqs.REGION.amazonaws.com/ACCOUNT/NAME)",
        ),
        (
            {"bulk": {"uri": "orders"}},
            "WORKER_QUEUES.bulk.uri: 'orders' is not the queue's URL (https://sqs.REGION.amazonaws.com/ACCOUNT/NAME)",
        ),
        ({"bulk": {"uri": URL}}, f"WORKER_QUEUES.bulk.uri: {URL!r} is the queue 'main' already"),
        ({"bulk": {"uri": f"{URL}-b", "handler": 7}}, f"WORKER_QUEUES.bulk.handler: 7 is not {PATH}"),
        (
            {"Bulk!": {"uri": f"{URL}-b"}},
            "WORKER_QUEUES.Bulk!: 'Bulk!' is not a name of 1 to 20 lower-case letters, digits and -",
        ),
        (
            {"main": {"acceptable_latency_seconds": 0}},
            "WORKER_QUEUES.main.acceptable_latency_seconds: 0 is not a number from 1 to 86400",
        ),
        (
            {"main": {"backoff_cap_seconds": True}},
            "WORKER_QUEUES.main.backoff_cap_seconds: True is not a number from 0 to 43200",
        ),
        (
            {f"q{number}": {"uri": f"{URL}-{number}"} for number in range(QUEUES_MOST)},
            "WORKER_QUEUES: 11 queues are too many; 10 at most",
        ),
    ],
)
def test_what_is_refused(given: Any, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        queues(given)

    [told] = refused.value.problems
    assert told.endswith(problem)


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(SettingsError, match="nan is not a number from 1 to 86400"):
        queues('{"main": {"acceptable_latency_seconds": NaN}}')


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        queues({"main": {"topics": []}, "bulk": {"uri": "x", "colour": "red"}})

    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "WORKER_QUEUES.main.topics",
        "WORKER_QUEUES.bulk.colour",
        "WORKER_QUEUES.bulk.uri",
    ]
