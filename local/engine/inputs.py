"""What the aws provider makes of inputs: the names it gives, the defaults it knows, and which of two differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.engine.kind import Properties
from local.provisioner.resource import Resource

#: Which input names a resource, where the provider makes up a name if none is given.
NAMED_BY = {
    "aws:appautoscaling/policy:Policy": "name",
    "aws:appautoscaling/scheduledAction:ScheduledAction": "name",
    "aws:cloudwatch/eventRule:EventRule": "name",
    "aws:cloudwatch/eventTarget:EventTarget": "targetId",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "name",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:codebuild/project:Project": "name",
    "aws:codepipeline/pipeline:Pipeline": "name",
    "aws:dynamodb/table:Table": "name",
    "aws:ec2/securityGroup:SecurityGroup": "name",
    "aws:ecr/repository:Repository": "name",
    "aws:ecs/cluster:Cluster": "name",
    "aws:ecs/service:Service": "name",
    "aws:iam/policy:Policy": "name",
    "aws:iam/role:Role": "name",
    "aws:iam/rolePolicy:RolePolicy": "name",
    "aws:kms/alias:Alias": "name",
    "aws:pipes/pipe:Pipe": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:secretsmanager/secret:Secret": "name",
    "aws:sfn/stateMachine:StateMachine": "name",
    "aws:sns/topic:Topic": "name",
    "aws:sqs/queue:Queue": "name",
    "aws:ssm/parameter:Parameter": "name",
}

#: Where the provider lists the inputs that it gave itself; the engine shows it to nobody.
GIVEN = "__defaults"

#: What an input is that is not given.
DEFAULTS: dict[str, Properties] = {
    "aws:cloudwatch/logGroup:LogGroup": {"retentionInDays": 0, "kmsKeyId": ""},
    "aws:iam/role:Role": {"path": "/", "maxSessionDuration": 3600, "description": "", "permissionsBoundary": ""},
    "aws:iam/policy:Policy": {"path": "/", "description": ""},
    "aws:kms/key:Key": {
        "keyUsage": "ENCRYPT_DECRYPT",
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "isEnabled": True,
        "enableKeyRotation": False,
    },
    "aws:sns/topic:Topic": {
        "displayName": "",
        "kmsMasterKeyId": "",
        "fifoTopic": False,
        "contentBasedDeduplication": False,
    },
    "aws:sns/topicSubscription:TopicSubscription": {
        "rawMessageDelivery": False,
        "filterPolicy": "",
        "redrivePolicy": "",
    },
    "aws:sqs/queue:Queue": {
        "visibilityTimeoutSeconds": 30,
        "messageRetentionSeconds": 345_600,
        "maxMessageSize": 262_144,
        "delaySeconds": 0,
        "receiveWaitTimeSeconds": 0,
        "fifoQueue": False,
        "contentBasedDeduplication": False,
        "kmsMasterKeyId": "",
    },
}

#: What the provider leaves as it is where it is not given.
LEFT_ALONE: dict[str, frozenset[str]] = {
    "aws:kms/key:Key": frozenset({"description", "policy"}),
    "aws:sns/topic:Topic": frozenset({"policy"}),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"filterPolicyScope"}),
    "aws:sqs/queue:Queue": frozenset(
        {
            "deduplicationScope",
            "fifoThroughputLimit",
            "kmsDataKeyReusePeriodSeconds",
            "policy",
            "redriveAllowPolicy",
            "redrivePolicy",
            "sqsManagedSseEnabled",
        }
    ),
}

#: What is never an input, but for those that are (_INPUTS).
_OUTPUTS = frozenset({
    "alarmArns", "arn", "arnWithoutRevision", "createDate", "dashboardArn", "keyId", "owner", "ownerId",
    "pendingConfirmation", "region", "registryId", "repositoryUrl", "revision", "targetKeyArn", "uniqueId", "url",
    "version", "versionId",
})  # fmt: skip
_INPUTS = frozenset(
    {
        ("aws:cloudwatch/eventTarget:EventTarget", "arn"),
        ("aws:kms/keyPolicy:KeyPolicy", "keyId"),
        ("aws:sns/topicPolicy:TopicPolicy", "arn"),
    }
)


def with_name(type_: str, name: str, old: Properties, new: Properties) -> Properties:
    """The inputs with a name: the one given, the one that the resource has, or one made up."""
    key = NAMED_BY.get(type_)
    if key is None or new.get(key):
        return new
    prefix = "alias/" if type_ == "aws:kms/alias:Alias" else ""
    made_up = old.get(key) or prefix + Resource(type_, name, new).physical_name(key)
    return {**new, key: made_up, GIVEN: [key]}


def is_named_by_program(type_: str, inputs: Properties) -> bool:
    """Whether the name is the program's own: no two resources can have it at a time."""
    return type_ in NAMED_BY and NAMED_BY[type_] not in inputs.get(GIVEN, [])


def with_defaults(type_: str, inputs: Properties) -> Properties:
    """The inputs, and the defaults of those that are not given."""
    return {**DEFAULTS.get(type_, {}), **{key: value for key, value in inputs.items() if value is not None}}


def changed_inputs(type_: str, old: Properties, new: Properties) -> set[str]:
    """The names of the inputs that differ, as the provider sees it."""
    olds, news = with_defaults(type_, old), with_defaults(type_, new)
    left_alone = LEFT_ALONE.get(type_, frozenset())
    return {
        name
        for name in {*olds, *news} - {GIVEN}
        if not is_same(olds.get(name), news.get(name)) and not (name in left_alone and name not in news)
    }


def is_same(one: Any, other: Any) -> bool:
    """Whether two values of an input mean the same: JSON in any spelling, and nothing in any of its forms."""
    return one == other or (_meaning(one) == _meaning(other))


def settled(known: Mapping[str, Any], live: Properties) -> Properties:
    """What is live, in the words of what is known where both mean the same."""
    return {key: known[key] if key in known and is_same(known[key], value) else value for key, value in live.items()}


def live_inputs(type_: str, known: Properties, live: Properties) -> Properties:
    """The inputs that a program would need to have what is live: those known, and others that are not the default."""
    defaults = DEFAULTS.get(type_, {})
    others = {
        name: value
        for name, value in live.items()
        if name not in known and _is_input(type_, name) and not is_same(value, defaults.get(name))
    }
    if known:
        # What the provider leaves alone, or nobody knows the default of, says nothing about the program.
        others = {name: value for name, value in others.items() if name in defaults or name == "tags"}
    return {**{name: live.get(name, value) for name, value in known.items()}, **others}


def _is_input(type_: str, name: str) -> bool:
    return name not in _OUTPUTS or (type_, name) in _INPUTS


def _meaning(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return _meaning(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, Mapping):
        meant = {key: _meaning(item) for key, item in value.items()}
        return {key: item for key, item in meant.items() if item is not None} or None
    if isinstance(value, list):
        return [_meaning(item) for item in value] or None
    return None if value is False or value == "" else value
