"""Which services the tasks of a worker service call, by its inputs; test_changes.py holds them to the tasks' rights."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.support.changed_inputs import CHANGES
from tests.support.worker_service import REQUIRED
from worker_service import endpoint_services
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


@pytest.mark.parametrize("key", [key for key in CHANGES if key in WORKER_SERVICE_ROWS and key not in REQUIRED])
def test_every_input_asks_for_what_it_adds(key: str):
    before, after = changed(key)

    assert sorted({*endpoint_services(after)} - {*endpoint_services(before)}) == ADDED.get(key, [])
