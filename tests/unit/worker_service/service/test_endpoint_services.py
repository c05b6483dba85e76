"""Which services the tasks of a worker service call, by its inputs, and that each of them has an endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from tests.support.changed_inputs import CHANGES
from tests.support.worker_service import REQUIRED, deployed
from worker_service import endpoint_services
from worker_service.environment.interface_endpoints import WORKER_SERVICES
from worker_service.service.inputs import WORKER_SERVICE_ROWS

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:smtp-a1b2c3:password::"
PARAMETER = "arn:aws:ssm:eu-west-1:111122223333:parameter/token"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
#: What the changes of single inputs add; every other input adds nothing.
ADDED = {
    "secrets": ["secretsmanager"],
    "open_telemetry": ["xray"],
    "once_table": ["dynamodb"],
    "publishes_to": ["sns"],
    "fast_scaling": ["ecs"],
    "enable_execute_command": ["ssmmessages"],
    "execute_command_kms_key_arn": ["kms"],
}
#: Rights of tasks by their statements, which need no endpoint, and why.
WITHOUT_ENDPOINT = {
    "UseKey": "SQS and SNS ask KMS themselves",
    "UseQueueKeys": "SQS asks KMS itself",
    "UseTopicKeys": "SNS asks KMS itself",
    "DecryptSecrets": "Secrets Manager and SSM ask KMS themselves",
    "PublishToTopic": "a handler's own call, where no input says so",
    "ProtectOwnTask": "goes through ECS's agent",
    "MountFileSystem0": "goes through the file system's mount targets",
}
#: Services whose endpoints are called otherwise than their actions.
ENDPOINTS = {"ecr": {"ecr.api", "ecr.dkr"}}


@pytest.mark.parametrize(
    ("args", "services"),
    [
        ({}, []),
        ({"secrets": {"PASSWORD": SECRET}}, ["secretsmanager"]),
        ({"secrets": {"PASSWORD": SECRET, "TOKEN": PARAMETER, "OTHER": PARAMETER}}, ["secretsmanager", "ssm"]),
        ({"secrets": {"TOKEN": pulumi.Output.from_input(PARAMETER)}}, ["secretsmanager", "ssm"]),
        ({"enable_execute_command": True}, ["ssmmessages"]),
        ({"enable_execute_command": True, "execute_command_kms_key_arn": KEY}, ["kms", "ssmmessages"]),
        ({"fast_scaling": True}, ["ecs"]),
        ({"once_table": True}, ["dynamodb"]),
        ({"publishes_to": {"news": {"topic_arn": "arn:aws:sns:eu-west-1:111122223333:news"}}}, ["sns"]),
        ({"open_telemetry": {}}, ["xray"]),
        ({"open_telemetry": {"endpoint": "https://otlp", "header_secrets": {"key": SECRET}}}, ["secretsmanager"]),
        ({"log_router": {"secrets": {"KEY": PARAMETER}}}, ["ssm"]),
        ({"sidecars": {"rates": {"secrets": {"KEY": SECRET}}}}, ["secretsmanager"]),
        ({"scale_in_protection": True, "kms_key_arn": KEY, "alarm_email": "a@b.c"}, []),
    ],
)
def test_an_input_asks_for_what_tasks_call_because_of_it(args: dict[str, Any], services: list[str]):
    assert endpoint_services({**REQUIRED, **args}) == services


def changed(key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The service's inputs before and after the change of one."""
    change = CHANGES[key]
    before, after = (
        {name: value for name, value in side.items() if name in WORKER_SERVICE_ROWS}
        for side in (change.before, change.after)
    )
    if key == "message_processing_seconds":
        after[key] = float(after[key])
    return before, after


def rights(args: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Statements of the policies of both roles, but for those that the user wrote."""
    deployment = deployed(**args)
    for type_ in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"):
        for resource in deployment.all(type_):
            if any(part in resource.name for part in ("task-role", "execution-role", "demand")):
                yield from json.loads(resource.inputs["policy"])["Statement"]


@pytest.mark.parametrize("key", [key for key in CHANGES if key in WORKER_SERVICE_ROWS and key not in REQUIRED])
def test_every_input_has_endpoints_for_whatever_it_lets_tasks_call(key: str):
    before, after = changed(key)
    made = {"s3", *WORKER_SERVICES, *endpoint_services(after)}

    assert sorted({*endpoint_services(after)} - {*endpoint_services(before)}) == ADDED.get(key, [])
    for statement in rights(after):
        if statement["Sid"] not in WITHOUT_ENDPOINT:
            actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
            services = {action.split(":")[0] for action in actions}
            assert set().union(*(ENDPOINTS.get(service, {service}) for service in services)) <= made, statement
