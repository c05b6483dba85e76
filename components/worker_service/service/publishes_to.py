"""PublishesTo: topics of others that the handler publishes to, and the key of one that is encrypted."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs import aws_values as aws
from worker_service.inputs.rows import fields_of, rows_of
from worker_service.inputs.rules import MapOf, Text


class PublishesTo(TypedDict):
    """A topic that the handler publishes to."""

    topic_arn: Annotated[pulumi.Input[str], aws.TOPIC_ARN]
    """ARN of the topic. Of another account: its policy has to let the task role publish."""
    kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """The customer's key that the topic is encrypted with. Default: it has none."""


PUBLISHES_TO = MapOf(
    Text(1, 40, r"[a-z][a-z0-9-]*", "1 to 40 lower-case letters, digits and hyphens that begin with a letter"),
    fields_of(rows_of(PublishesTo)),
    maximum_entries=20,
)


def topic_variables(args: Mapping[str, Any]) -> dict[str, pulumi.Input[str]]:
    """The container's environment, with the ARN of each of these topics."""
    topics: Mapping[str, PublishesTo] = args["publishes_to"]
    return {**args["environment"], **{_variable(name): topic["topic_arn"] for name, topic in topics.items()}}


def publishes_to_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """A variable has one value."""
    for name in args["publishes_to"]:
        for given in ("environment", "secrets"):
            if _variable(name) in args[given]:
                yield f"{given}: {_variable(name)} is set by publishes_to.{name}; choose another name"


def _variable(name: str) -> str:
    return f"WORKER_TOPIC_{name.upper().replace('-', '_')}"
