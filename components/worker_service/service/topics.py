"""Topic: a topic that a queue is subscribed to, made here or existing, and what of it is delivered."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs import aws_values as aws
from worker_service.inputs.arns import place_of
from worker_service.inputs.filter_policy import filter_policy_problems
from worker_service.inputs.names import HANDLER
from worker_service.inputs.rows import fields_of, rows_of
from worker_service.inputs.rules import AnyObject, Flag, ListOf, MapOf, OneOf, Text

#: The topic whose ARN is the output topic_arn; where there is none of this name, the first one is.
MAIN = "main"

#: A delivery alarm reads a metric of each, and an alarm reads ten at most.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
MAX_TOPICS = 10


_DEAD_LETTERS = "subscription_dead_letter_queue_arn"


_SERVICE = Text(1, 60, r"[a-z][a-z0-9.-]*[a-z0-9]", "a service such as s3 or events")
#: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
_ORGANIZATION = Text(12, 34, r"o-[a-z0-9]{10,32}", "an organization's id such as o-a1b2c3d4e5")


class FilterPolicyScope(str, Enum):
    """What a filter policy looks at, by SNS's names."""

    MESSAGE_ATTRIBUTES = "MessageAttributes"
    MESSAGE_BODY = "MessageBody"


class Publishers(TypedDict):
    """Who may publish beside the account's own principals, whose own policies are enough. Each key may be left out."""

    account_ids: NotRequired[Annotated[Sequence[str], ListOf(aws.ACCOUNT_ID, maximum_items=50)]]
    """Other AWS accounts, whose policies decide which of their principals."""
    role_arns: NotRequired[Annotated[Sequence[str], ListOf(aws.ROLE_ARN, maximum_items=50)]]
    """Roles of other accounts, which must exist."""
    services: NotRequired[Annotated[Sequence[str], ListOf(_SERVICE, maximum_items=10)]]
    """AWS services by the first part of their principal, such as s3 or events, when they act for this account."""
    organization_id: NotRequired[Annotated[str, _ORGANIZATION]]
    """Every principal of an AWS organization, such as o-a1b2c3d4e5."""


PUBLISHERS = fields_of(rows_of(Publishers))


class Topic(TypedDict):
    """A topic that a queue is subscribed to. Each key may be left out."""

    topic_arn: NotRequired[Annotated[pulumi.Input[str], aws.TOPIC_ARN]]
    """An existing topic, of this account and region or of others. Of another account: its policy has to let this one
    subscribe, as the output required_policies says. Default: a topic made here."""
    publishers: NotRequired[Annotated[Publishers, PUBLISHERS]]
    """Who may publish to a topic made here, beside the account's own principals: account_ids, role_arns, services and
    organization_id. Default: nobody."""
    queue: NotRequired[Annotated[str, Text(1, 20)]]
    """The queue that it delivers to, by its name in queues. Default main."""
    handler: NotRequired[Annotated[str, HANDLER]]
    """Dotted path of the function that handles this topic's messages, such as package.module.function. Default: its
    queue's handler."""
    filter_policy: NotRequired[Annotated[Mapping[str, Any], AnyObject()]]
    """What is delivered, as SNS writes it: keys with lists of what they may be. What it leaves out is gone. Default:
    everything is delivered."""
    filter_policy_scope: NotRequired[Annotated[FilterPolicyScope, OneOf.members_of(FilterPolicyScope)]]
    """What the filter policy looks at: MessageAttributes or MessageBody, which has to be a JSON object then. Default
    MessageAttributes."""
    raw_message_delivery: NotRequired[Annotated[bool, Flag()]]
    """Deliver the bare body, with SNS's attributes as SQS's: the worker does not see the topic then, and what has over
    ten attributes is not delivered. Default false."""
    subscription_dead_letter_queue_arn: NotRequired[Annotated[pulumi.Input[str], aws.QUEUE_ARN]]
    """An existing queue in the topic's region for what SNS cannot deliver. Default: the service's dead-letter queue;
    required where the topic lies in another region."""


TOPICS = MapOf(
    Text(1, 40, r"[a-z][a-z0-9-]*", "1 to 40 lower-case letters, digits and hyphens that begin with a letter"),
    fields_of(rows_of(Topic)),
    maximum_entries=MAX_TOPICS,
    minimum_entries=1,
)


def topic_resource_name(name: str, key: str, what: str) -> str:
    """Logical name of what belongs to a topic: that of the main one is the service's own."""
    return f"{name}-{what}" if key == MAIN else f"{name}-{key}-{what}"


def topics_of(args: Mapping[str, Any], queue: str) -> dict[str, Topic]:
    """The topics that a queue is subscribed to, by their names."""
    return {name: topic for name, topic in args["topics"].items() if topic.get("queue", MAIN) == queue}


def topic_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong between the fields of topics, and between them."""
    topics: Mapping[str, Mapping[str, Any]] = args["topics"]
    for key, topic in topics.items():
        name = f"topics.{key}"
        if "filter_policy" in topic:
            nested = topic.get("filter_policy_scope") == FilterPolicyScope.MESSAGE_BODY
            yield from filter_policy_problems(f"{name}.filter_policy", topic["filter_policy"], nested=nested)
        elif "filter_policy_scope" in topic:
            yield f"{name}.filter_policy_scope: goes with a filter_policy"
        if "publishers" in topic and "topic_arn" in topic:
            yield f"{name}.publishers: are for a topic made here; whoever owns the existing one decides who publishes"
        if "handler" in topic and topic.get("raw_message_delivery"):
            yield f"{name}.handler: raw_message_delivery leaves out the topic, by which a handler is chosen"
        if "handler" in topic and args.get("batch_size"):
            yield f"{name}.handler: batch_size is for one handler of lists; handlers of single topics take no lists"
        yield from _region_conflicts(name, topic, args.get("cluster_arn"))
    arns = [topic["topic_arn"] for topic in topics.values() if isinstance(topic.get("topic_arn"), str)]
    yield from (f"topics: {arn} stands twice; SNS has one subscription of a queue" for arn in _twice(arns))


def _region_conflicts(name: str, topic: Mapping[str, Any], cluster_arn: Any) -> Iterable[str]:
    """A subscription lies in its topic's region, and its dead-letter queue with it.

    https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    """
    own, dead_letter = topic.get("topic_arn"), topic.get(_DEAD_LETTERS)
    here = cluster_arn if isinstance(own, pulumi.Output) or own is None else own
    if isinstance(dead_letter, str) and isinstance(here, str):
        if place_of(dead_letter).region != place_of(here).region:
            yield f"{name}.{_DEAD_LETTERS}: {dead_letter} is not in {place_of(here).region}, where the topic lies"
    elif dead_letter is None and isinstance(own, str) and isinstance(cluster_arn, str):
        theirs, ours = place_of(own).region, place_of(cluster_arn).region
        if theirs != ours:
            yield (
                f"{name}.{_DEAD_LETTERS}: required, for the topic lies in {theirs} and the service in {ours}: what SNS"
                " cannot deliver has to wait in the topic's region"
            )


def _twice(arns: list[str]) -> list[str]:
    return sorted({arn for arn in arns if arns.count(arn) > 1})
