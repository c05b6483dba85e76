"""CopilotVariables: the variables that AWS Copilot gave each container, for code that goes on reading them.

https://aws.github.io/copilot-cli/docs/developing/environment-variables/
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs.rows import fields_of, rows_of
from worker_service.inputs.rules import MapOf, Text
from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.queues import MAIN

_NAME = Text(1, 255, r"[a-z][a-z0-9-]*", "a name of Copilot's, of lower-case letters, digits and hyphens")
_OWN_NAME = Text(1, 255)
_KEYS = MapOf(Text(1, 255), _OWN_NAME, maximum_entries=50)


class CopilotVariables(TypedDict):
    """What AWS Copilot called the service, its queues and its topics."""

    application: Annotated[str, _NAME]
    """COPILOT_APPLICATION_NAME."""
    environment: Annotated[str, _NAME]
    """COPILOT_ENVIRONMENT_NAME."""
    service: Annotated[str, _NAME]
    """COPILOT_SERVICE_NAME."""
    topic_queues: NotRequired[Annotated[Mapping[str, str], _KEYS]]
    """COPILOT_TOPIC_QUEUE_URIS: its keys, such as apiOrdersEventsQueue, to the names of the queues in `queues`."""
    published_topics: NotRequired[Annotated[Mapping[str, str], _KEYS]]
    """COPILOT_SNS_TOPIC_ARNS: its keys, which are the topics' names there, to the names in `publishes_to`."""
    mount_points: NotRequired[Annotated[Mapping[str, str], _KEYS]]
    """COPILOT_MOUNT_POINTS: volumes to their paths."""


COPILOT_VARIABLES = fields_of(rows_of(CopilotVariables))

_NAMES = {
    "application": "COPILOT_APPLICATION_NAME",
    "environment": "COPILOT_ENVIRONMENT_NAME",
    "service": "COPILOT_SERVICE_NAME",
}
_WRITTEN = (
    *_NAMES.values(),
    "COPILOT_QUEUE_URI",
    "COPILOT_SERVICE_DISCOVERY_ENDPOINT",
    "COPILOT_TOPIC_QUEUE_URIS",
    "COPILOT_SNS_TOPIC_ARNS",
    "COPILOT_MOUNT_POINTS",
)


def copilot_variables(args: Mapping[str, Any], queues: Sequence[ConsumedQueue]) -> dict[str, pulumi.Input[str]]:
    """The variables and their values; none where nobody asks for them."""
    given: CopilotVariables | None = args.get("copilot_variables")
    if given is None:
        return {}
    urls = {queue.key: queue.queue_url for queue in queues}
    topics = {key: args["publishes_to"][name]["topic_arn"] for key, name in given.get("published_topics", {}).items()}
    maps: dict[str, Mapping[str, pulumi.Input[str]]] = {
        "COPILOT_TOPIC_QUEUE_URIS": {key: urls[name] for key, name in given.get("topic_queues", {}).items()},
        "COPILOT_SNS_TOPIC_ARNS": topics,
        "COPILOT_MOUNT_POINTS": given.get("mount_points", {}),
    }
    return {
        **{variable: given[key] for key, variable in _NAMES.items()},
        "COPILOT_QUEUE_URI": urls[MAIN],
        "COPILOT_SERVICE_DISCOVERY_ENDPOINT": f"{given['environment']}.{given['application']}.local",
        **{variable: _as_json(values) for variable, values in maps.items() if values},
    }


def copilot_variable_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Queues and topics have to be the service's, and a variable has one value."""
    given = args.get("copilot_variables")
    if given is None:
        return
    for field, known in (("topic_queues", {MAIN, *args["queues"]}), ("published_topics", args["publishes_to"])):
        for key, name in given.get(field, {}).items():
            if name not in known:
                where = "queues" if field == "topic_queues" else "publishes_to"
                yield f"copilot_variables.{field}.{key}: {name!r} is no name in {where}"
    for where in ("environment", "secrets"):
        yield from (
            f"{where}: {variable} is set by copilot_variables; leave out the one or the other"
            for variable in _WRITTEN
            if variable in args[where]
        )


def _as_json(values: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    return pulumi.Output.all(**values).apply(json.dumps)
