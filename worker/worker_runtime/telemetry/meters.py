"""Metrics for OpenTelemetry, where it is in use: the same counts that the log tells CloudWatch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Protocol


class Meters(Protocol):
    """What counts a queue's messages."""

    def count(self, action: str) -> None:
        """Count an action that has no duration."""
        ...

    def count_handlers(self, action: str, handler_seconds: Sequence[float]) -> None:
        """Count what became of messages, and how long the handler of each took."""
        ...


class _NoMeters:
    def count(self, action: str) -> None:
        pass

    def count_handlers(self, action: str, handler_seconds: Sequence[float]) -> None:
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

    def count_handlers(self, action: str, handler_seconds: Sequence[float]) -> None:
        for seconds in handler_seconds:
            self._durations.record(seconds, {**self._attributes, "worker.action": action})


def meters(queue_name: str) -> Meters:
    """Those of the queue, if the handler's module or opentelemetry-instrument has loaded OpenTelemetry's metrics."""
    return _OpenTelemetryMeters(queue_name) if "opentelemetry.metrics" in sys.modules else _NoMeters()
