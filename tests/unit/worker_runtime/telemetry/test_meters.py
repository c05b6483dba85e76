"""What OpenTelemetry is told, where it is in use."""

from __future__ import annotations

import sys

import pytest
from opentelemetry import metrics as otel
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint

from worker_runtime.telemetry.metrics import Metrics

QUEUE = {"messaging.system": "aws_sqs", "messaging.destination.name": "orders"}


def test_handlers_and_other_actions_are_counted_where_opentelemetry_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(otel, "get_meter", provider.get_meter)
    metrics = Metrics("orders")

    metrics.count_handlers("message_processed", [0.5])
    metrics.count_handlers("message_processed", [1.5])
    metrics.count("message_dead_lettered")

    data = reader.get_metrics_data()
    assert data is not None
    found = {metric.name: list(metric.data.data_points) for metric in data.resource_metrics[0].scope_metrics[0].metrics}
    [durations], [actions] = found["messaging.process.duration"], found["worker.actions"]
    assert isinstance(durations, HistogramDataPoint)
    assert (durations.count, durations.sum) == (2, 2.0)
    assert durations.attributes == {**QUEUE, "worker.action": "message_processed"}
    assert isinstance(actions, NumberDataPoint)
    assert (actions.value, actions.attributes) == (1, {**QUEUE, "worker.action": "message_dead_lettered"})
    provider.shutdown()


def test_without_opentelemetry_nothing_is_loaded_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.metrics", raising=False)

    Metrics("orders").count_handlers("message_processed", [0.5])

    assert "opentelemetry.metrics" not in sys.modules
