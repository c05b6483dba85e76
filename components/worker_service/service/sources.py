"""Source: events that come into a queue without a topic: of an EventBridge rule, or of objects in a bucket."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from worker_service.inputs.rows import fields_of, rows_of
from worker_service.inputs.rules import AnyObject, MapOf, Text

_BUCKET = Text(3, 63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]", "a bucket's name")
_KEY_PART = Text(1, 512, r"[^*\\]+", "a part of a key, without * and backslashes")
#: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
_BUS = Text(1, 256, r"[\w./-]+", "an event bus's name")
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_GROUP = Text(1, 128, r"[!-~]+", "a message group's id")
#: Characters of a rule's pattern: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
_PATTERN_MOST_CHARACTERS = 2_048


class Source(TypedDict):
    """Events of a rule, with event_pattern, or of a bucket's new objects, with bucket: the one or the other."""

    event_pattern: NotRequired[Annotated[Mapping[str, Any], AnyObject()]]
    """Which events come, as EventBridge writes it: source, detail-type, detail and so on."""
    event_bus_name: NotRequired[Annotated[str, _BUS]]
    """The bus of the events of event_pattern. Default: the account's own, default."""
    bucket: NotRequired[Annotated[str, _BUCKET]]
    """An existing bucket of this account and region that sends its events to EventBridge: each object that is created
    is an event."""
    prefix: NotRequired[Annotated[str, _KEY_PART]]
    """Only objects of the bucket whose key begins like this. Default: all."""
    suffix: NotRequired[Annotated[str, _KEY_PART]]
    """Only objects of the bucket whose key ends like this. Default: all."""
    message_group_id: NotRequired[Annotated[str, _GROUP]]
    """The message group of all events of this source: required where the queue is FIFO."""


SOURCES = MapOf(
    Text(1, 20, r"[a-z][a-z0-9-]*", "1 to 20 lower-case letters, digits and hyphens that begin with a letter"),
    fields_of(rows_of(Source)),
    maximum_entries=10,
)


def source_rule(
    name: str, source: Source, *, tags: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.EventRule:
    """The rule of a source, which sends nothing yet."""
    return aws.cloudwatch.EventRule(
        name,
        event_bus_name=source.get("event_bus_name"),
        event_pattern=json.dumps(event_pattern(source)),
        tags=tags,
        opts=opts,
    )


def source_target(
    name: str,
    rule: aws.cloudwatch.EventRule,
    source: Source,
    *,
    queue_arn: pulumi.Input[str],
    dead_letter_queue_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Have the rule send to the queue. What it cannot deliver within a day goes to the dead-letter queue, which has to
    be a standard one: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""
    group = source.get("message_group_id")
    aws.cloudwatch.EventTarget(
        name,
        rule=rule.name,
        event_bus_name=source.get("event_bus_name"),
        arn=queue_arn,
        sqs_target={"message_group_id": group} if group else None,
        dead_letter_config={"arn": dead_letter_queue_arn} if dead_letter_queue_arn is not None else None,
        opts=opts,
    )


def event_pattern(source: Source) -> Mapping[str, Any]:
    """What EventBridge matches. https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html"""
    if "event_pattern" in source:
        return source["event_pattern"]
    prefix, suffix = source.get("prefix"), source.get("suffix")
    keys: dict[str, Any] = {}
    if prefix and suffix:
        keys = {"object": {"key": [{"wildcard": f"{prefix}*{suffix}"}]}}
    elif prefix or suffix:
        keys = {"object": {"key": [{"prefix": prefix} if prefix else {"suffix": suffix}]}}
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [source.get("bucket")]}, **keys},
    }


def source_conflicts(name: str, source: Source, fifo: Mapping[str, Any] | None) -> Iterable[str]:
    """What is wrong with a source of a queue that is FIFO by `fifo`, or is a standard one."""
    if ("event_pattern" in source) == ("bucket" in source):
        yield f"{name}: has either an event_pattern or a bucket"
    yield from (
        f"{name}.{field}: goes with {other}"
        for field, other in (("prefix", "bucket"), ("suffix", "bucket"), ("event_bus_name", "event_pattern"))
        if field in source and other not in source
    )
    if "event_pattern" in source:
        yield from _pattern_conflicts(f"{name}.event_pattern", source["event_pattern"])
    if fifo is None and "message_group_id" in source:
        yield f"{name}.message_group_id: is for a FIFO queue"
    if fifo is not None and "message_group_id" not in source:
        yield f"{name}.message_group_id: required, for the queue is FIFO"
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    if fifo is not None and not fifo.get("content_based_deduplication"):
        yield f"{name}: EventBridge gives no deduplication id; set content_based_deduplication in the queue's fifo"


def _pattern_conflicts(name: str, pattern: Mapping[str, Any]) -> Iterable[str]:
    if not pattern:
        yield f"{name}: {{}} matches nothing; name source, detail-type or another field"
    length = len(json.dumps(pattern))
    if length > _PATTERN_MOST_CHARACTERS:
        yield f"{name}: {length} characters are more than {_PATTERN_MOST_CHARACTERS}"
    yield from (f"{name}.{path}: {value!r} is not a list of what it may be" for path, value in _leaves("", pattern))


def _leaves(path: str, pattern: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """What is neither a list nor an object with lists in it."""
    for key, value in pattern.items():
        where = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            yield from _leaves(where, value)
        elif not isinstance(value, list | tuple) or not value:
            yield where, value
