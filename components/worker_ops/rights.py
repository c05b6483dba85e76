"""Which rights each command needs: what its help says, and what WorkerService's operator policy allows.

Nothing is imported here but the standard library: WorkerService reads the table, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum


class On(Enum):
    """What a right is on, as the help names it."""

    QUEUES = "the queues"
    DEAD_LETTER_QUEUES = "the dead-letter queues"
    TOPICS = "the topics"
    KEYS = "the keys that encrypt them"
    SERVICE = "the ECS service"
    TASKS = "its tasks"
    CLUSTER = "the cluster"
    TASKS_OF_CLUSTER = "the cluster's tasks"
    LOG_GROUP = "the log group"
    ALARMS = "the service's alarms"
    SCALABLE_TARGET = "its scalable target"
    SESSION_KEY = "the key that encrypts sessions"
    EVERYTHING = "*, for AWS knows nothing narrower"


Rights = Mapping[On, tuple[str, ...]]

_COUNTS: Rights = {On.DEAD_LETTER_QUEUES: ("sqs:GetQueueAttributes",)}
_HOLD = ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility")
_READ_KEY: Rights = {On.KEYS: ("kms:Decrypt",)}
_WRITE_KEY: Rights = {On.KEYS: ("kms:Decrypt", "kms:GenerateDataKey")}
_LOOK: Rights = {On.DEAD_LETTER_QUEUES: ("sqs:GetQueueAttributes", *_HOLD), **_READ_KEY}
_SCALE: Rights = {On.SCALABLE_TARGET: ("application-autoscaling:RegisterScalableTarget",)}
_UPDATE: Rights = {On.SERVICE: ("ecs:UpdateService",)}
_FIND_SCALING = "application-autoscaling:DescribeScalableTargets"
_FIND_ALARMS = "cloudwatch:DescribeAlarms"

#: By the command's name; `--queue` needs its own beside those of the command.
RIGHTS: Mapping[str, Rights] = {
    "--queue": {
        On.QUEUES: ("sqs:GetQueueAttributes", "sqs:ListDeadLetterSourceQueues"),
        On.DEAD_LETTER_QUEUES: ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListDeadLetterSourceQueues"),
    },
    "status": {
        On.QUEUES: ("sqs:GetQueueAttributes",),
        **_COUNTS,
        On.SERVICE: ("ecs:DescribeServices",),
        On.EVERYTHING: (_FIND_ALARMS, "cloudwatch:GetMetricData"),
    },
    "logs": {On.LOG_GROUP: ("logs:FilterLogEvents",)},
    "send": {On.TOPICS: ("sns:Publish",), On.QUEUES: ("sqs:SendMessage", "sqs:GetQueueAttributes"), **_WRITE_KEY},
    "exec": {
        On.SERVICE: ("ecs:DescribeServices",),
        On.TASKS_OF_CLUSTER: ("ecs:ListTasks",),
        On.TASKS: ("ecs:DescribeTasks", "ecs:ExecuteCommand"),
        On.CLUSTER: ("ecs:ExecuteCommand",),
        On.SESSION_KEY: ("kms:GenerateDataKey",),
    },
    "restart": _UPDATE,
    "rollback": {
        On.SERVICE: ("ecs:DescribeServices", "ecs:UpdateService"),
        On.EVERYTHING: ("ecs:ListTaskDefinitions",),
    },
    "scale": _SCALE,
    "pause": {
        **_UPDATE,
        **_SCALE,
        On.ALARMS: ("cloudwatch:DisableAlarmActions",),
        On.EVERYTHING: (_FIND_SCALING, _FIND_ALARMS),
    },
    "resume": {
        On.SERVICE: ("ecs:DescribeServices", "ecs:UpdateService"),
        **_SCALE,
        On.ALARMS: ("cloudwatch:EnableAlarmActions",),
        On.EVERYTHING: (_FIND_SCALING, _FIND_ALARMS),
    },
    "console": {
        On.QUEUES: ("sqs:GetQueueAttributes",),
        **_LOOK,
        On.TOPICS: ("sns:ListSubscriptionsByTopic",),
        On.SERVICE: ("ecs:DescribeServices",),
        On.LOG_GROUP: ("logs:FilterLogEvents",),
        On.EVERYTHING: (
            _FIND_ALARMS,
            _FIND_SCALING,
            "application-autoscaling:DescribeScalingActivities",
            "sns:GetSubscriptionAttributes",
        ),
    },
    "migrate verify": {
        On.QUEUES: ("sqs:GetQueueAttributes",),
        On.DEAD_LETTER_QUEUES: ("sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
        On.EVERYTHING: (
            "sns:ListSubscriptions",
            "sns:GetSubscriptionAttributes",
            "ecs:ListServices",
            "ecs:DescribeServices",
            "ecs:DescribeTaskDefinition",
            "iam:ListRolePolicies",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            _FIND_ALARMS,
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
        ),
    },
    "aws": {},
    "dead-letters list": _LOOK,
    "dead-letters show": _LOOK,
    "dead-letters save": _LOOK,
    "dead-letters redrive": {
        On.DEAD_LETTER_QUEUES: (
            "sqs:GetQueueAttributes",
            *_HOLD,
            "sqs:DeleteMessage",
            "sqs:StartMessageMoveTask",
            "sqs:ListMessageMoveTasks",
            "sqs:CancelMessageMoveTask",
        ),
        On.QUEUES: ("sqs:GetQueueAttributes", "sqs:SendMessage"),
        **_WRITE_KEY,
    },
    "dead-letters edit": {
        On.DEAD_LETTER_QUEUES: ("sqs:GetQueueAttributes", *_HOLD, "sqs:DeleteMessage"),
        On.QUEUES: ("sqs:SendMessage",),
        **_WRITE_KEY,
    },
    "dead-letters purge": {
        On.DEAD_LETTER_QUEUES: ("sqs:GetQueueAttributes", *_HOLD, "sqs:DeleteMessage"),
        **_READ_KEY,
    },
}

#: What whoever deploys does once, and no operator: they read roles and keys.
_DEPLOYERS = frozenset({"migrate verify"})


def all_rights() -> dict[On, list[str]]:
    """Those of all commands of operators together, in order."""
    found: dict[On, set[str]] = {}
    for command, rights in RIGHTS.items():
        if command in _DEPLOYERS:
            continue
        for on, actions in rights.items():
            found.setdefault(on, set()).update(actions)
    return {on: sorted(found[on]) for on in On}


def sentence(command: str) -> str:
    """What a command's help says of its rights; what aws is given decides its own."""
    rights = RIGHTS[command]
    return "Rights: " + ("; ".join(_parts(rights)) if rights else "those of the call") + "."


def _parts(rights: Rights) -> Iterable[str]:
    return (f"{', '.join(actions)} on {on.value}" for on, actions in rights.items())
