"""Sends publications in batches of ten, and what of a batch was not taken again."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from worker_runtime.aws_clients import aws_client
from worker_runtime.errors import PublishError
from worker_runtime.publishing.publication import Publication, type_of

#: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html,
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
_BATCH_MOST = 10
_TRIES = 6
_PAUSE_BASE_SECONDS = 0.1
_QUEUE_REGION = re.compile(r"https?://sqs\.([a-z0-9-]+)\.")


def send(publications: Iterable[Publication]) -> None:
    """Send all; returns once each was taken. Raises PublishError, or what boto3 raises, where one was not: others may
    have been."""
    for batch in batches(publications):
        _send(batch)


def batches(publications: Iterable[Publication]) -> Iterator[list[Publication]]:
    """In their order, up to ten of one target in each and no more bytes than it takes. A FIFO group has one message in
    a batch: the next might be taken where this one is not."""
    for _, of_target in groupby(publications, key=lambda publication: publication.target):
        batch: list[Publication] = []
        for publication in of_target:
            size = sum(each.size_bytes for each in batch) + publication.size_bytes
            is_behind = publication.deduplication_id is not None and any(
                each.group == publication.group for each in batch
            )
            if batch and (len(batch) == _BATCH_MOST or size > publication.most_bytes or is_behind):
                yield batch
                batch = []
            batch.append(publication)
        yield batch


def _send(batch: list[Publication]) -> None:
    left = batch
    for tries_left in reversed(range(_TRIES)):
        failed = _call(left)
        if not failed:
            return
        left = [left[int(failure["Id"])] for failure in failed]
        refused = [failure for failure in failed if failure.get("SenderFault")]
        if refused or not tries_left:
            failure = (refused or failed)[0]
            raise PublishError(batch[0].target, len(left), f"{failure['Code']}: {failure.get('Message', '')}")
        time.sleep(random.uniform(0, _PAUSE_BASE_SECONDS * 2 ** (_TRIES - tries_left)))  # noqa: S311


def _call(batch: list[Publication]) -> list[dict[str, Any]]:
    """Make one request; returns the entries that failed."""
    target = batch[0].target
    entries = [_entry(index, publication) for index, publication in enumerate(batch)]
    if batch[0].to_topic:
        sns = aws_client("sns", target.split(":")[3])
        return sns.publish_batch(TopicArn=target, PublishBatchRequestEntries=entries).get("Failed", [])
    region = _QUEUE_REGION.match(target)
    sqs = aws_client("sqs", region[1] if region else None)
    return sqs.send_message_batch(QueueUrl=target, Entries=entries).get("Failed", [])


def _entry(index: int, publication: Publication) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Id": str(index),
        "Message" if publication.to_topic else "MessageBody": publication.body,
        "MessageAttributes": {
            name: {
                "DataType": type_of(value),
                ("BinaryValue" if isinstance(value, bytes) else "StringValue"): (
                    value if isinstance(value, bytes) else str(value)
                ),
            }
            for name, value in publication.attributes.items()
        },
    }
    if publication.group is not None:
        entry["MessageGroupId"] = publication.group
    if publication.deduplication_id is not None:
        entry["MessageDeduplicationId"] = publication.deduplication_id
    if publication.delay_seconds:
        entry["DelaySeconds"] = publication.delay_seconds
    if publication.trace_header:
        entry["MessageSystemAttributes"] = {
            "AWSTraceHeader": {"DataType": "String", "StringValue": publication.trace_header}
        }
    return entry
