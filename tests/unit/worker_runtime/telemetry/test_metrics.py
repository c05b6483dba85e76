"""The minute's line in CloudWatch's embedded metric format."""

from __future__ import annotations

import pytest

from worker_runtime.telemetry.metrics import Metrics


def test_line_declares_every_value_it_carries() -> None:
    metrics = Metrics("orders")
    for seconds in (0.01, 0.01, 3.0):
        metrics.count_handlers("message_processed", [seconds])
    metrics.count_handlers("message_failed", [3.0])
    metrics.count("lease_lost")
    line = metrics.take_line(in_flight=7)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "WorkerService"
    assert directive["Dimensions"] == [["QueueName"]]
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == {
        "MessagesProcessed": "Count",
        "MessagesFailed": "Count",
        "LeasesLost": "Count",
        "MessagesInFlight": "Count",
        "HandlerDuration": "Seconds",
    }
    duration = line.pop("HandlerDuration")
    assert duration["Counts"] == [2, 2]
    assert duration["Values"] == [pytest.approx(0.01, rel=0.15), pytest.approx(3.0, rel=0.15)]
    del line["_aws"]
    assert line == {
        "action": "metrics",
        "QueueName": "orders",
        "MessagesProcessed": 3,
        "MessagesFailed": 1,
        "LeasesLost": 1,
        "MessagesInFlight": 7,
    }


def test_next_line_starts_from_nothing() -> None:
    metrics = Metrics("orders")
    metrics.count_handlers("message_processed", [1])
    metrics.take_line(0)
    line = metrics.take_line(0)
    # CloudWatch bills every metric that is written.
    assert [metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == ["MessagesInFlight"]
    assert "MessagesProcessed" not in line
    assert "HandlerDuration" not in line


def test_no_line_has_more_than_the_hundred_values_that_cloudwatch_takes() -> None:
    metrics = Metrics("orders")
    for exponent in range(-90, 160):
        metrics.count_handlers("message_processed", [min(43_200, 1.1**exponent)])
    metrics.count_handlers("message_processed", [0])
    assert len(metrics.take_line(0)["HandlerDuration"]["Values"]) <= 100
