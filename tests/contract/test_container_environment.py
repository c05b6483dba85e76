"""What the component writes into the container's environment is what the worker reads."""

import json
from typing import Any

import pytest

from tests.support.worker_service import deployed
from worker_runtime.settings import Settings
from worker_service.service.container import RESERVED_VARIABLES
from worker_service.service.task_options import MAX_STOP_TIMEOUT_SECONDS


def container_environment(variables: dict[str, str], **args: Any) -> dict[str, str]:
    deployment = deployed(handler="handlers.orders.handle", environment=variables, **args)
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition")
    [container] = json.loads(task_definition.inputs["containerDefinitions"])
    return {item["name"]: item["value"] for item in container["environment"]}


def test_the_worker_accepts_the_containers_environment():
    environment = container_environment({})
    settings = Settings.from_environment(environment)

    assert settings.queue_name == environment["QUEUE_NAME"]
    assert settings.queue_uri == environment["QUEUE_URI"]
    assert settings.queue_region == "eu-west-1"
    assert settings.handler == "handlers.orders.handle"
    assert settings.stop_timeout_seconds == MAX_STOP_TIMEOUT_SECONDS


def test_the_worker_drains_below_the_containers_stop_timeout():
    settings = Settings.from_environment(container_environment({}))

    assert 0 < settings.drain_seconds < MAX_STOP_TIMEOUT_SECONDS


def test_users_tune_the_worker_by_plain_variables():
    settings = Settings.from_environment(container_environment({"WORKER_LOG_LEVEL": "DEBUG"}))

    assert settings.log_level == "DEBUG"


def test_the_inputs_of_scaling_that_the_worker_shares_reach_it():
    environment = container_environment({}, concurrency=25, processes=3, batch_size=7, scale_in_protection=True)
    settings = Settings.from_environment(environment)

    assert settings.concurrency == 25
    assert settings.processes == 3
    assert settings.batch_size == 7
    assert settings.scale_in_protection is True


def test_the_topics_and_their_handlers_reach_the_worker():
    arn = "arn:aws:sns:eu-west-1:111122223333:shop"
    topics = {"shop": {"topic_arn": arn, "handler": "shop.sales.handle"}}
    environment = container_environment({}, topics=topics, subscribed_topics_only=True)
    [main] = Settings.from_environment(environment).queues

    assert main.topics == {arn: "shop.sales.handle"}
    assert main.subscribed_topics_only is True
    assert "WORKER_QUEUES" not in container_environment({})


def test_the_queues_and_what_is_said_of_them_reach_the_worker():
    bulk = {"handler": "shop.bulk.handle", "acceptable_latency_seconds": 600, "message_processing_seconds": 2}
    live = "arn:aws:sqs:eu-west-1:111122223333:live"
    args = {
        "queues": {"bulk": bulk, "live": {"queue_arn": live, "dead_letter_queue_arn": f"{live}-dead"}},
        "topics": {"main": {}, "audit": {"queue": "bulk", "handler": "shop.audit.handle"}},
        "fast_scaling": True,
        "concurrency": 4,
    }
    main, second, third = Settings.from_environment(container_environment({}, **args)).queues

    assert (main.key, main.acceptable_latency_seconds) == ("main", 60)
    assert (second.key, second.handler, second.acceptable_latency_seconds) == ("bulk", "shop.bulk.handle", 600)
    assert list(second.topics.values()) == ["shop.audit.handle"]
    assert second.demand_per_visible == pytest.approx(2 / (600 * 4))
    assert (third.uri, third.handler) == ("https://sqs.eu-west-1.amazonaws.com/111122223333/live", None)
    assert third.demand_per_visible == main.demand_per_visible == pytest.approx(1 / (60 * 4))


def test_error_texts_are_told_unless_the_worker_is_asked_not_to():
    assert Settings.from_environment(container_environment({})).error_texts is True
    assert Settings.from_environment(container_environment({}, error_texts=False)).error_texts is False


def test_the_circuit_breaker_reaches_the_worker_where_it_is_asked_for():
    assert Settings.from_environment(container_environment({})).circuit_breaker_percent == 0
    environment = container_environment({}, circuit_breaker_percent=50)
    assert Settings.from_environment(environment).circuit_breaker_percent == 50


def test_the_bucket_of_large_messages_reaches_the_worker_where_it_is_asked_for():
    assert Settings.from_environment(container_environment({})).large_messages is None
    asked = {"keep_days": 30, "over_bytes": 1_000, "delete": False}
    setting = Settings.from_environment(container_environment({}, large_messages=asked)).large_messages
    assert setting is not None
    assert setting.bucket.startswith("orders-large-messages-")
    assert (setting.over_bytes, setting.delete) == (1_000, False)


def test_the_demand_that_tasks_publish_is_counted_as_scaling_counts():
    environment = container_environment({}, fast_scaling=True, message_processing_seconds=2, concurrency=4)
    settings = Settings.from_environment(environment)

    assert settings.publish_demand is True
    assert settings.demand_per_visible == pytest.approx(2 / (60 * 4))
    assert settings.demand_per_in_flight == pytest.approx(1 / (0.8 * 4))
    assert settings.demand_window_seconds == 600


def test_the_variables_that_users_may_not_set_are_those_that_are_written():
    asked = {
        "fast_scaling": True,
        "batch_size": 2,
        "error_texts": False,
        "once_table": True,
        "circuit_breaker_percent": 50,
        "large_messages": {"keep_days": 30},
    }
    written = container_environment({}, **asked, subscribed_topics_only=True)
    assert set(written) == set(RESERVED_VARIABLES)
