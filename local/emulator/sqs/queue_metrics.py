"""What CloudWatch knows of queues: counts and age of the moment, under SQS's names.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from local.emulator.sqs.box_queue import BoxQueue


def queue_metrics(queues: Iterable[BoxQueue]) -> list[Any]:
    """One value of each metric of each queue, as moto keeps them."""
    from moto.cloudwatch.models import MetricDatum  # noqa: PLC0415 - slow to load, and asked for by few

    return [
        MetricDatum("AWS/SQS", name, value, [{"Name": "QueueName", "Value": queue.name}], None, "Count")
        for queue in queues
        for name, value in _values(queue).items()
    ]


def _age_seconds(queue: BoxQueue) -> float:
    oldest = queue.store.oldest()
    return 0 if oldest is None else max(0, int(time.time() - oldest.sent_timestamp / 1_000))


def _values(queue: BoxQueue) -> dict[str, float]:
    values: dict[str, float] = {
        "ApproximateNumberOfMessagesVisible": queue.approximate_number_of_messages,
        "ApproximateNumberOfMessagesNotVisible": queue.approximate_number_of_messages_not_visible,
        "ApproximateNumberOfMessagesDelayed": queue.approximate_number_of_messages_delayed,
        "ApproximateAgeOfOldestMessage": _age_seconds(queue),
    }
    if queue.fifo_queue:
        values["ApproximateNumberOfGroupsWithInflightMessages"] = queue.store.groups_in_flight()
    return values
