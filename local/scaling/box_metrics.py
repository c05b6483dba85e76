"""What CloudWatch would know of the box's queues and workers, for the alarms that scale."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.aws import Aws
from local.queues import queue_counts
from local.workers.embedded_metrics import metrics_of
from worker_simulate.cloud.metric_store import MetricStore
from worker_simulate.definition.service_definition import MetricKey

_SQS = "AWS/SQS"


class BoxMetrics:
    """Collects points of the time that ends now, each readable at once: CloudWatch is seconds to minutes late."""

    def __init__(self) -> None:
        self.store = MetricStore()
        # Workers' logs are read by threads of their own, and the store is one thread's.
        self._lines: deque[dict[str, Any]] = deque()

    def add_line(self, entry: dict[str, Any]) -> None:
        """Take a line of a worker's log, from any thread; one without metrics says nothing."""
        if "_aws" in entry:
            self._lines.append(entry)

    def collect_lines(self, now: float) -> None:
        """Have what the workers measured since the last time."""
        while self._lines:
            for key, value in _measured(self._lines.popleft()):
                self.store.put(key, now - 1, value, now)

    def collect_counts(self, aws: Aws, queue_urls: Iterable[str], now: float) -> None:
        """Have the counts of the queues, as SQS reports them each minute; of one that is gone it reports nothing."""
        for url in queue_urls:
            try:
                counts = queue_counts(aws, url)
            except aws.client("sqs").exceptions.QueueDoesNotExist:
                continue
            for name, value in {
                "ApproximateNumberOfMessagesVisible": counts.visible,
                "ApproximateNumberOfMessagesNotVisible": counts.in_flight,
                "ApproximateNumberOfMessagesDelayed": counts.delayed,
            }.items():
                key = MetricKey(_SQS, name, (("QueueName", url.rpartition("/")[2]),))
                self.store.put(key, now - 1, value, now)


def _measured(entry: Mapping[str, Any]) -> Iterator[tuple[MetricKey, float]]:
    """The values of a line in the embedded metric format, by metric and dimensions; what is a distribution is left
    out, for no alarm reads it."""
    for metric in metrics_of(entry):
        if isinstance(metric.value, int | float):
            for dimensions in metric.dimensions:
                yield MetricKey(metric.namespace, metric.name, dimensions), metric.value
