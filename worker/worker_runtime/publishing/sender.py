"""Sends publications in batches of ten, gathered over handlers, and what of a batch was not taken again."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any
from weakref import WeakValueDictionary

from worker_runtime.aws_clients import aws_client
from worker_runtime.errors import PublishError
from worker_runtime.publishing.gatherer import Gatherer, Part, RefusedTogether, fits
from worker_runtime.publishing.publication import Publication, type_of

_TRIES = 6
_PAUSE_BASE_SECONDS = 0.1
_gatherers: WeakValueDictionary[str, Gatherer] = WeakValueDictionary()
"""By target, for as long as somebody publishes to it: answers may go to as many queues as there are who ask."""
# Of a handler's process pool: what its parent has under way is not the child's.
os.register_at_fork(after_in_child=_gatherers.clear)
_QUEUE_REGION = re.compile(r"https?://sqs\.([a-z0-9-]+)\.")


def send(publications: Iterable[Publication]) -> None:
    """Send all; returns once each was taken. Raises PublishError, or what boto3 raises, where one was not: others may
    have been."""
    for batch in batches(publications):
        target = batch[0].target
        gatherer = _gatherers.get(target) or _gatherers.setdefault(target, Gatherer(_deliver))
        gatherer.send(batch)


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


def _deliver(parts: Sequence[Part]) -> None:
    """Make requests until each part is settled: what of one was not taken is sent again."""
    left = [(part, publication) for part in parts for publication in part.batch]
    for tries_left in reversed(range(_TRIES)):
        failed = _failed(left, is_first_of_several=len(parts) > 1 and tries_left == _TRIES - 1)
        for part in {part for part, _ in left}:
            _settle(part, [failure for index, failure in failed.items() if left[index][0] is part], tries_left)
        left = [left[index] for index in sorted(failed) if not left[index][0].is_settled]
        if not left:
            return
        time.sleep(random.uniform(0, _PAUSE_BASE_SECONDS * 2 ** (_TRIES - tries_left)))  # noqa: S311


def _failed(left: Sequence[tuple[Part, Publication]], *, is_first_of_several: bool) -> dict[int, dict[str, Any]]:
    """Make one request; returns the failures by their places."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - for those who publish

    try:
        failed = _call([publication for _, publication in left])
    except ClientError as error:
        if is_first_of_several:
            raise RefusedTogether from error
        raise
    return {int(failure["Id"]): failure for failure in failed}


def _settle(part: Part, failed: Sequence[dict[str, Any]], tries_left: int) -> None:
    """Settle a part, unless what of it has failed is to be sent again."""
    refused = [failure for failure in failed if failure.get("SenderFault")]
    if not failed:
        part.settle()
    elif refused or not tries_left:
        failure = (refused or failed)[0]
        reason = f"{failure['Code']}: {failure.get('Message', '')}"
        part.settle(PublishError(part.batch[0].target, len(failed), reason))


def _call(batch: Sequence[Publication]) -> list[dict[str, Any]]:
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
