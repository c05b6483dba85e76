"""Creates SQS resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

QUEUE_ATTRIBUTES = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "delaySeconds": "DelaySeconds",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "policy": "Policy",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
}

#: The provider's own default, which it says to SQS: 256 KiB, where SQS's is 1 MiB.
_MAX_MESSAGE_SIZE_BYTES = 262_144


def queue(aws: Aws, resource: Resource) -> Outputs:
    """aws:sqs/queue:Queue."""
    sqs = aws.client("sqs")
    name = resource.physical_name()
    attributes = {"MaximumMessageSize": str(_MAX_MESSAGE_SIZE_BYTES), **resource.attributes(QUEUE_ATTRIBUTES)}
    url = sqs.create_queue(QueueName=name, Attributes=attributes, tags=resource.tags())["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return {"id": url, "url": url, "arn": arn, "name": name}


def queue_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:sqs/queuePolicy:QueuePolicy."""
    return _set(aws, resource, {"policy": "Policy"})


def redrive_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:sqs/redrivePolicy:RedrivePolicy."""
    return _set(aws, resource, {"redrivePolicy": "RedrivePolicy"})


def redrive_allow_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:sqs/redriveAllowPolicy:RedriveAllowPolicy."""
    return _set(aws, resource, {"redriveAllowPolicy": "RedriveAllowPolicy"})


def _set(aws: Aws, resource: Resource, names: dict[str, str]) -> Outputs:
    url = resource.inputs["queueUrl"]
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=resource.attributes(names))
    return {"id": url}
