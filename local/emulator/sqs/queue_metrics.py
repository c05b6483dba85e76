"""What CloudWatch knows of queues: the counts of the moment, under SQS's names.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

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


def _values(queue: BoxQueue) -> dict[str, float]:
    values: dict[str, float] = {
        "ApproximateNumberOfMessagesVisible": queue.approximate_number_of_messages,
        "ApproximateNumberOfMessagesNotVisible": queue.approximate_number_of_messages_not_visible,
        "ApproximateNumberOfMessagesDelayed": queue.approximate_number_of_messages_delayed,
    }
    if queue.fifo_queue:
        values["ApproximateNumberOfGroupsWithInflightMessages"] = queue.store.groups_in_flight()
    return values
