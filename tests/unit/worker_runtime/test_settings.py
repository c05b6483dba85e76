"""The environment contract: every variable, its default, its range, and all problems at once."""

from __future__ import annotations

import pytest

from worker_runtime.errors import SettingsError
from worker_runtime.settings import Settings

REQUIRED = {
    "QUEUE_NAME": "orders",
    "QUEUE_URI": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
    "QUEUE_REGION": "eu-west-1",
    "WORKER_HANDLER": "shop.orders.handle",
}


def problems(**environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({**REQUIRED, **environment})
    return caught.value.problems


def test_defaults() -> None:
    assert Settings.from_environment(REQUIRED) == Settings(
        queue_name="orders",
        queue_uri="https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        queue_region="eu-west-1",
        handler="shop.orders.handle",
        concurrency=10,
        processes=1,
        handler_timeout_seconds=3600,
        backoff_base_seconds=2,
        backoff_cap_seconds=300,
        stop_timeout_seconds=30,
        scale_in_protection=False,
        log_level="INFO",
        error_texts=True,
        health_directory="/tmp/worker-health",
        transport="wire",
    )


@pytest.mark.parametrize(
    "uri",
    [
        "http://[::1/1/orders",
        "https://[x]/1/orders",
        "http://sqs:99999/1/orders",
        "http://sqs:port/1/orders",
        "http://sqs:0/1/orders",
        "http://sqs\n/1/orders",
        "http://\u2100/1/orders",
        "http://:80/1/orders",
    ],
)
def test_a_url_that_no_host_has_is_refused(uri: str) -> None:
    [problem] = problems(QUEUE_URI=uri)

    assert problem.startswith(f"QUEUE_URI: {uri!r} is not the queue's URL ")


def test_a_setting_that_is_nested_without_end_is_refused() -> None:
    assert len(problems(WORKER_QUEUES="[" * 100_000, WORKER_LARGE_MESSAGES="[" * 100_000)) == 2


def test_every_variable_is_read() -> None:
    settings = Settings.from_environment(
        {
            **REQUIRED,
            "WORKER_CONCURRENCY": "1000",
            "WORKER_PROCESSES": "2",
            "WORKER_HANDLER_TIMEOUT_SECONDS": "1.5",
            "WORKER_BACKOFF_BASE_SECONDS": "0",
            "WORKER_BACKOFF_CAP_SECONDS": "43200",
            "WORKER_STOP_TIMEOUT_SECONDS": "120",
            "WORKER_SCALE_IN_PROTECTION": "true",
            "WORKER_PUBLISH_DEMAND": "true",
            "WORKER_DEMAND_PER_VISIBLE": "0.008333333333",
            "WORKER_DEMAND_PER_IN_FLIGHT": "0.3125",
            "WORKER_DEMAND_WINDOW_SECONDS": "900",
            "WORKER_BATCH_SIZE": "25",
            "WORKER_LOG_LEVEL": "DEBUG",
            "WORKER_ERROR_TEXTS": "false",
            "WORKER_HEALTH_DIRECTORY": "/run/health",
            "WORKER_TRANSPORT": "boto3",
            "WORKER_SUPERVISOR_PID": "7",
        }
    )
    assert settings == Settings(
        queue_name=REQUIRED["QUEUE_NAME"],
        queue_uri=REQUIRED["QUEUE_URI"],
        queue_region=REQUIRED["QUEUE_REGION"],
        handler="shop.orders.handle",
        concurrency=1000,
        processes=2,
        batch_size=25,
        demand_window_seconds=900,
        handler_timeout_seconds=1.5,
        backoff_base_seconds=0,
        backoff_cap_seconds=43200,
        stop_timeout_seconds=120,
        scale_in_protection=True,
        publish_demand=True,
        demand_per_visible=0.008333333333,
        demand_per_in_flight=0.3125,
        log_level="DEBUG",
        error_texts=False,
        health_directory="/run/health",
        transport="boto3",
        supervisor_pid=7,
    )


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("QUEUE_NAME", "no spaces", "a queue's name (1 to 80 letters, digits, - and _, and .fifo)"),
        ("QUEUE_REGION", "Ireland", "an AWS region such as eu-west-1"),
        ("WORKER_HANDLER", "handle", "a dotted path such as package.module.function"),
        ("WORKER_CONCURRENCY", "0", "a whole number from 1 to 1000"),
        ("WORKER_CONCURRENCY", "1001", "a whole number from 1 to 1000"),
        ("WORKER_CONCURRENCY", "ten", "a whole number from 1 to 1000"),
        ("WORKER_CONCURRENCY", "1_0", "a whole number from 1 to 1000"),
        ("WORKER_CONCURRENCY", "\u0665", "a whole number from 1 to 1000"),
        ("WORKER_CONCURRENCY", " 5 ", "a whole number from 1 to 1000"),
        ("WORKER_CONCURRENCY", "1.5", "a whole number from 1 to 1000"),
        ("WORKER_PROCESSES", "65", "a whole number from 1 to 64"),
        ("WORKER_HANDLER_TIMEOUT_SECONDS", "0", "a number from 1 to 43200"),
        ("WORKER_HANDLER_TIMEOUT_SECONDS", "nan", "a number from 1 to 43200"),
        ("WORKER_BACKOFF_BASE_SECONDS", "-1", "a number from 0 to 900"),
        ("WORKER_BACKOFF_CAP_SECONDS", "43201", "a number from 0 to 43200"),
        ("WORKER_STOP_TIMEOUT_SECONDS", "121", "a number from 2 to 120"),
        ("WORKER_SCALE_IN_PROTECTION", "perhaps", "true or false"),
        ("WORKER_LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR"),
        ("WORKER_ERROR_TEXTS", "some", "true or false"),
        ("WORKER_TRANSPORT", "pigeon", "one of wire, boto3"),
    ],
)
def test_bad_value_is_refused_with_its_allowed_range(variable: str, value: str, allowed: str) -> None:
    assert f"{variable}: {value!r} is not {allowed}" in problems(**{variable: value})


HANDLER_PATH = "a dotted path such as package.module.function, or null"
SALES = "arn:aws:sns:eu-west-1:123456789012:sales"


def test_url_of_another_queue_is_refused() -> None:
    uri = "https://sqs.eu-west-1.amazonaws.com/123456789012/invoices"
    assert problems(QUEUE_URI=uri) == [f"QUEUE_URI: {uri!r} is not the URL of the queue that QUEUE_NAME names"]


def test_slip_in_a_name_is_reported_and_a_users_own_variable_is_not() -> None:
    assert problems(WORKER_CONCURENCY="20", WORKER_COLOUR="red") == [
        "WORKER_CONCURENCY: unknown; did you mean WORKER_CONCURRENCY?"
    ]


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"WORKER_CONCURRENCY": "0", "WORKER_LOG_LEVEL": "x"})
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "QUEUE_NAME",
        "QUEUE_URI",
        "QUEUE_REGION",
        "WORKER_HANDLER",
        "WORKER_CONCURRENCY",
        "WORKER_LOG_LEVEL",
    ]


@pytest.mark.parametrize(("stop_timeout", "drain"), [("120", 110), ("30", 20), ("3", 2)])
def test_drain_ends_before_the_stop_timeout(stop_timeout: str, drain: float) -> None:
    settings = Settings.from_environment({**REQUIRED, "WORKER_STOP_TIMEOUT_SECONDS": stop_timeout})
    assert settings.drain_seconds == drain
