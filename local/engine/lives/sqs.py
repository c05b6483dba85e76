"""Reads, changes and deletes SQS resources."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing
from local.engine.tags import tagging
from local.provisioner.resource import Resource
from local.provisioner.sqs import QUEUE_ATTRIBUTES

#: What is a resource of its own wherever it is not the queue's own input.
_RESOURCES = ("policy", "redriveAllowPolicy", "redrivePolicy")


def _read_queue(aws: Aws, thing: Thing) -> Properties:
    sqs = aws.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=thing.id, AttributeNames=["All"])["Attributes"]
    named = {key: name for key, name in QUEUE_ATTRIBUTES.items() if key in thing.known or key not in _RESOURCES}
    return {
        **{key: _typed(attributes[name]) for key, name in named.items() if name in attributes},
        "url": thing.id,
        "arn": attributes["QueueArn"],
        "name": attributes["QueueArn"].rpartition(":")[2],
        "tags": sqs.list_queue_tags(QueueUrl=thing.id).get("Tags", {}),
    }


def _update_queue(aws: Aws, thing: Thing, changed: Resource) -> None:
    sqs = aws.client("sqs")
    attributes = changed.attributes(QUEUE_ATTRIBUTES)
    if attributes:
        sqs.set_queue_attributes(QueueUrl=thing.id, Attributes=attributes)


def _attribute(key: str, name: str) -> Kind:
    """A queue's attribute that is a resource of its own."""

    def read(aws: Aws, thing: Thing) -> Properties:
        attributes = aws.client("sqs").get_queue_attributes(QueueUrl=thing.id, AttributeNames=["All"])["Attributes"]
        if not attributes.get(name):
            raise LookupError(f"the queue has no {name}")
        return {key: attributes[name], "queueUrl": thing.id}

    def clear(aws: Aws, thing: Thing) -> None:
        aws.client("sqs").set_queue_attributes(QueueUrl=thing.id, Attributes={name: ""})

    return Kind(read, clear)


def _typed(text: str) -> Any:
    """A value out of the text that SQS has of it."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdigit() else text


KINDS = {
    "aws:sqs/queue:Queue": Kind(
        _read_queue,
        lambda aws, thing: aws.client("sqs").delete_queue(QueueUrl=thing.id),
        _update_queue,
        tagging("sqs", "QueueUrl", calls=("tag_queue", "untag_queue"), shape=None),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": _attribute("policy", "Policy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _attribute("redriveAllowPolicy", "RedriveAllowPolicy"),
    "aws:sqs/redrivePolicy:RedrivePolicy": _attribute("redrivePolicy", "RedrivePolicy"),
}
