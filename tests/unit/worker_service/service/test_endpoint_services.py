"""Which services the tasks of a worker service call, by its inputs."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.support.worker_service import REQUIRED
from worker_service import endpoint_services

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:smtp-a1b2c3:password::"
PARAMETER = "arn:aws:ssm:eu-west-1:111122223333:parameter/token"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"


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
        ({"publishes_to": {"news": {"topic_arn": "arn:aws:sns:eu-west-1:111122223333:news"}}}, ["sns"]),
        ({"once_table": True}, ["dynamodb"]),
        ({"open_telemetry": {}}, ["xray"]),
        ({"open_telemetry": {"endpoint": "https://otlp", "header_secrets": {"key": SECRET}}}, ["secretsmanager"]),
        ({"log_router": {"secrets": {"KEY": PARAMETER}}}, ["ssm"]),
        ({"sidecars": {"rates": {"secrets": {"KEY": SECRET}}}}, ["secretsmanager"]),
        ({"scale_in_protection": True, "kms_key_arn": KEY, "alarm_email": "a@b.c"}, []),
    ],
)
def test_an_input_asks_for_what_tasks_call_because_of_it(args: dict[str, Any], services: list[str]):
    assert endpoint_services({**REQUIRED, **args}) == services
