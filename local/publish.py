"""Publishes messages to the topic."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from local.aws import Aws
from local.errors import BoxError
from local.message_file import batches


def publish(
    aws: Aws,
    topic_arn: str,
    messages: list[str],
    on_published: Callable[[int], None] = lambda _count: None,
    group: str | None = None,
) -> None:
    """Publish in order, in batches; `on_published` gets each batch's size. A FIFO topic needs a message group.

    Raises BoxError where SNS refuses a message.
    """
    sns = aws.client("sns")
    if topic_arn.endswith(".fifo") and group is None:
        raise BoxError("the topic is FIFO: name a message group with --group")
    in_group = {} if group is None else {"MessageGroupId": group}
    done = 0
    for batch in batches(messages):
        entries = [
            {"Id": str(place), "Message": message, **in_group, **_deduplicated(topic_arn)}
            for place, message in enumerate(batch)
        ]
        failed = sns.publish_batch(TopicArn=topic_arn, PublishBatchRequestEntries=entries).get("Failed", [])
        if failed:
            first = min(failed, key=lambda entry: int(entry["Id"]))
            raise BoxError(
                f"SNS refused {len(failed)} of the messages {done + 1} to {done + len(batch)}; "
                f"message {done + int(first['Id']) + 1}: {first.get('Message') or first['Code']}. "
                f"The {done} before them were published"
            )
        done += len(batch)
        on_published(len(batch))


def _deduplicated(topic_arn: str) -> dict[str, str]:
    """Each message is one of its own, whatever it says."""
    return {"MessageDeduplicationId": str(uuid.uuid4())} if topic_arn.endswith(".fifo") else {}
