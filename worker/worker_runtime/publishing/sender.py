"""Sends publications in batches of ten, gathered over handlers, and what of a batch was not taken again."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any
from weakref import WeakValueDictionary

from worker_runtime.aws_clients import aws_client
from worker_runtime.backoff import delay_seconds
from worker_runtime.errors import PublishError
from worker_runtime.publishing.gatherer import Failures, Gatherer, fits
from worker_runtime.publishing.publication import Publication, type_of

_TRIES = 6
#: Pauses between tries, from and up to these.
_PAUSE_BASE_SECONDS = 0.2
_PAUSE_CAP_SECONDS = 3.2
_gatherers: WeakValueDictionary[str, Gatherer] = WeakValueDictionary()
"""By target, for as long as somebody publishes to it: answers may go to as many queues as there are who ask."""
# Of a handler's process pool: what its parent has under way is not the child's.
os.register_at_fork(after_in_child=_gatherers.clear)
_QUEUE_REGION = re.compile(r"https?://sqs\.([a-z0-9-]+)\.")


def send(publications: Iterable[Publication]) -> None:
    """Send all; returns once each was taken. Raises PublishError, or what boto3 raises, where one was not: others may
    have been."""
    for batch in batches(publications):
        _send(batch)


def batches(publications: Iterable[Publication]) -> Iterator[list[Publication]]:
    """In their order, of one target each, as many as fit into a request."""
    for _, of_target in groupby(publications, key=lambda publication: publication.target):
        batch: list[Publication] = []
        for publication in of_target:
            if batch and not fits(batch, [publication]):
                yield batch
                batch = []
            batch.append(publication)
        yield batch


def _send(batch: list[Publication]) -> None:
    """Send what fits into a request, and what of it was not taken again."""
    target, left = batch[0].target, batch
    gatherer = _gatherers.get(target) or _gatherers.setdefault(target, Gatherer(_request))
    for tries_left in reversed(range(_TRIES)):
        failed = gatherer.send(left)
        if not failed:
            return
        left = [left[place] for place in sorted(failed)]
        refused = [failure for failure in failed.values() if failure.get("SenderFault")]
        if refused or not tries_left:
            failure = (refused or list(failed.values()))[0]
            raise PublishError(target, len(left), f"{failure['Code']}: {failure.get('Message', '')}")
        time.sleep(delay_seconds(_TRIES - tries_left, _PAUSE_BASE_SECONDS, _PAUSE_CAP_SECONDS))


def _request(batch: Sequence[Publication]) -> Failures:
    """Make one request."""
    target = batch[0].target
    entries = [_entry(index, publication) for index, publication in enumerate(batch)]
    if batch[0].to_topic:
        sns = aws_client("sns", target.split(":")[3])
        answer = sns.publish_batch(TopicArn=target, PublishBatchRequestEntries=entries)
    else:
        region = _QUEUE_REGION.match(target)
        sqs = aws_client("sqs", region[1] if region else None)
        answer = sqs.send_message_batch(QueueUrl=target, Entries=entries)
    return {int(failure["Id"]): failure for failure in answer.get("Failed", ())}


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
