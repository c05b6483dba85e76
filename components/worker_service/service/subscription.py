"""A queue's subscription to a topic of any account and region."""

import json

import pulumi
import pulumi_aws as aws

from worker_service.inputs.arns import place_of
from worker_service.service.topics import Topic


def subscription(
    logical_name: str,
    topic: Topic,
    *,
    topic_arn: pulumi.Output[str],
    queue_arn: pulumi.Output[str],
    dead_letter_queue_arn: pulumi.Output[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Subscribe the queue. What SNS cannot deliver waits in `dead_letter_queue_arn`, or where the topic says; with None
    it is dropped."""
    waiting = topic.get("subscription_dead_letter_queue_arn", dead_letter_queue_arn)
    aws.sns.TopicSubscription(
        logical_name,
        topic=topic_arn,
        protocol="sqs",
        endpoint=queue_arn,
        redrive_policy=None
        if dead_letter_queue_arn is None
        else pulumi.Output.json_dumps({"deadLetterTargetArn": waiting}),
        filter_policy=json.dumps(topic["filter_policy"]) if "filter_policy" in topic else None,
        filter_policy_scope=topic.get("filter_policy_scope"),
        raw_message_delivery=topic.get("raw_message_delivery"),
        # The subscription is made in the topic's region, or it is made anew at each `pulumi up`.
        region=topic_arn.apply(lambda arn: place_of(arn).region) if "topic_arn" in topic else None,
        opts=opts,
    )
