"""Creates SQS resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

_QUEUE_ATTRIBUTES = {
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


def queue(aws: Aws, resource: Resource) -> Outputs:
    """aws:sqs/queue:Queue."""
    sqs = aws.client("sqs")
    name = resource.physical_name()
    url = sqs.create_queue(QueueName=name, Attributes=resource.attributes(_QUEUE_ATTRIBUTES), tags=resource.tags())[
        "QueueUrl"
    ]
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
