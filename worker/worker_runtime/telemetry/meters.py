"""Metrics for OpenTelemetry, where it is in use: the same counts that the log tells CloudWatch."""

from __future__ import annotations

import sys
from typing import Protocol


class Meters(Protocol):
    """What counts a queue's messages."""

    def count(self, action: str) -> None:
        """Count an action that has no duration."""
        ...

    def count_handler(self, action: str, seconds: float) -> None:
        """Count what became of a message, and how long its handler took."""
        ...


class _NoMeters:
    def count(self, action: str) -> None:
        pass

    def count_handler(self, action: str, seconds: float) -> None:
        pass


class _OpenTelemetryMeters:
    """By the names of the semantic conventions for messaging.

    https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/
    """

    def __init__(self, queue_name: str) -> None:
        from opentelemetry import metrics  # noqa: PLC0415 - loaded only where it is in use

        meter = metrics.get_meter("worker")
        self._attributes = {"messaging.system": "aws_sqs", "messaging.destination.name": queue_name}
        self._durations = meter.create_histogram("messaging.process.duration", "s", "How long handlers took")
        self._actions = meter.create_counter("worker.actions", "{action}", "What became of messages beside handlers")

    def count(self, action: str) -> None:
        self._actions.add(1, {**self._attributes, "worker.action": action})

    def count_handler(self, action: str, seconds: float) -> None:
        self._durations.record(seconds, {**self._attributes, "worker.action": action})


def meters(queue_name: str) -> Meters:
    """Those of the queue, if the handler's module or opentelemetry-instrument has loaded OpenTelemetry's metrics."""
    return _OpenTelemetryMeters(queue_name) if "opentelemetry.metrics" in sys.modules else _NoMeters()
