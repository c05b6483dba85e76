"""Creates SNS resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

TOPIC_ATTRIBUTES = {
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "fifoTopic": "FifoTopic",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "policy": "Policy",
}
SUBSCRIPTION_ATTRIBUTES = {
    "rawMessageDelivery": "RawMessageDelivery",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "redrivePolicy": "RedrivePolicy",
}


def topic(aws: Aws, resource: Resource) -> Outputs:
    """aws:sns/topic:Topic."""
    name = resource.physical_name()
    arn = aws.client("sns").create_topic(
        Name=name, Attributes=resource.attributes(TOPIC_ATTRIBUTES), Tags=resource.tag_list()
    )["TopicArn"]
    return {"id": arn, "arn": arn, "name": name, "owner": arn.split(":")[4]}


def topic_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:sns/topicPolicy:TopicPolicy."""
    arn = resource.inputs["arn"]
    aws.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=resource.inputs["policy"]
    )
    return {"id": arn, "owner": arn.split(":")[4]}


def topic_subscription(aws: Aws, resource: Resource) -> Outputs:
    """aws:sns/topicSubscription:TopicSubscription."""
    topic_arn = resource.inputs["topic"]
    arn = aws.client("sns").subscribe(
        TopicArn=topic_arn,
        Protocol=resource.inputs["protocol"],
        Endpoint=resource.inputs["endpoint"],
        Attributes=resource.attributes(SUBSCRIPTION_ATTRIBUTES),
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return {"id": arn, "arn": arn, "ownerId": topic_arn.split(":")[4], "pendingConfirmation": False}
