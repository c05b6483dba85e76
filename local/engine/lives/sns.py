"""Reads, changes and deletes SNS resources."""

from __future__ import annotations

import json

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing
from local.engine.tags import tag_map, tagging
from local.provisioner.resource import Resource
from local.provisioner.sns import SUBSCRIPTION_ATTRIBUTES, TOPIC_ATTRIBUTES

_TEXT_OF_BOOLEANS = ("true", "false")


def _read_topic(aws: Aws, thing: Thing) -> Properties:
    sns = aws.client("sns")
    attributes = sns.get_topic_attributes(TopicArn=thing.id)["Attributes"]
    if "policy" not in thing.known:
        attributes.pop("Policy", None)  # a resource of its own
    return {
        **_properties(attributes, TOPIC_ATTRIBUTES),
        "arn": thing.id,
        "name": thing.id.rpartition(":")[2],
        "owner": thing.id.split(":")[4],
        "tags": tag_map(sns.list_tags_for_resource(ResourceArn=thing.id)["Tags"]),
    }


def _update_topic(aws: Aws, thing: Thing, changed: Resource) -> None:
    sns = aws.client("sns")
    for name, value in changed.attributes(TOPIC_ATTRIBUTES).items():
        sns.set_topic_attributes(TopicArn=thing.id, AttributeName=name, AttributeValue=value)


def _read_topic_policy(aws: Aws, thing: Thing) -> Properties:
    attributes = aws.client("sns").get_topic_attributes(TopicArn=thing.id)["Attributes"]
    return {"arn": thing.id, "owner": thing.id.split(":")[4], "policy": attributes["Policy"]}


def _reset_topic_policy(aws: Aws, thing: Thing) -> None:
    """A topic always has a policy: the provider leaves the one that lets in its owner alone."""
    owner = thing.id.split(":")[4]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes", "SNS:SetTopicAttributes"],
        "Resource": thing.id,
        "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
    }
    policy = json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})
    aws.client("sns").set_topic_attributes(TopicArn=thing.id, AttributeName="Policy", AttributeValue=policy)


def _read_subscription(aws: Aws, thing: Thing) -> Properties:
    attributes = aws.client("sns").get_subscription_attributes(SubscriptionArn=thing.id)["Attributes"]
    return {
        **_properties(attributes, SUBSCRIPTION_ATTRIBUTES),
        "arn": thing.id,
        "topic": attributes["TopicArn"],
        "protocol": attributes["Protocol"],
        "endpoint": attributes["Endpoint"],
        "ownerId": thing.id.split(":")[4],
        "pendingConfirmation": attributes.get("PendingConfirmation") == "true",
    }


def _update_subscription(aws: Aws, thing: Thing, changed: Resource) -> None:
    for name, value in changed.attributes(SUBSCRIPTION_ATTRIBUTES).items():
        aws.client("sns").set_subscription_attributes(
            SubscriptionArn=thing.id, AttributeName=name, AttributeValue=value
        )


def _properties(attributes: dict[str, str], names: dict[str, str]) -> Properties:
    live = {key: attributes[name] for key, name in names.items() if name in attributes}
    return {key: value == "true" if value in _TEXT_OF_BOOLEANS else value for key, value in live.items()}


KINDS = {
    "aws:sns/topic:Topic": Kind(
        _read_topic,
        lambda aws, thing: aws.client("sns").delete_topic(TopicArn=thing.id),
        _update_topic,
        tagging("sns", "ResourceArn"),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Kind(_read_topic_policy, _reset_topic_policy),
    "aws:sns/topicSubscription:TopicSubscription": Kind(
        _read_subscription,
        lambda aws, thing: aws.client("sns").unsubscribe(SubscriptionArn=thing.id),
        _update_subscription,
    ),
}
