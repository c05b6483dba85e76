"""A topic that tells an address by e-mail."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.policies.document import document


def email_topic(
    topic_name: str,
    subscription_name: str,
    *,
    email: pulumi.Input[str],
    key_arn: pulumi.Input[str] | None,
    policy: Callable[..., dict[str, Any]],
    tags: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Make a topic, encrypted where there is a key, and subscribe the address; AWS asks it to confirm. Returns the ARN.

    `policy` is a pure function from `topic_arn` to the topic's policy.
    """
    child = pulumi.ResourceOptions(parent=parent)
    topic = aws.sns.Topic(topic_name, kms_master_key_id=key_arn, tags=tags, opts=child)
    aws.sns.TopicPolicy(
        f"{topic_name}-policy",
        arn=topic.arn,
        policy=document(policy, topic_arn=topic.arn),
        # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=True),
    )
    aws.sns.TopicSubscription(subscription_name, topic=topic.arn, protocol="email", endpoint=email, opts=child)
    return topic.arn
