"""A service on a log group, roles and security groups that exist already."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.worker_service import container, deployed, document, problems_of

LOG_GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:/shop/workers"
TASK_ROLE = "arn:aws:iam::111122223333:role/teams/worker"
EXECUTION_ROLE = "arn:aws:iam::111122223333:role/ecs"


def statements(policy: str) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def test_an_existing_log_group_is_written_to_and_watched_and_none_is_made():
    deployment = deployed(log_group_arn=LOG_GROUP)

    assert deployment.all("aws:cloudwatch/logGroup:LogGroup") == []
    assert container(deployment)["logConfiguration"]["options"]["awslogs-group"] == "/shop/workers"
    assert deployment.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs["logGroupName"] == "/shop/workers"
    role = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy")
    assert role["Statement"][0]["Resource"] == f"{LOG_GROUP}:log-stream:*"


def test_existing_roles_are_used_as_they_are_and_what_they_need_is_said():
    made = deployed(fast_scaling=True)
    deployment = deployed(task_role_arn=TASK_ROLE, execution_role_arn=EXECUTION_ROLE, fast_scaling=True)
    outputs = deployment.outputs_of(deployment.result)
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs

    assert deployment.all("aws:iam/role:Role") == deployment.all("aws:iam/rolePolicy:RolePolicy") == []
    assert (task_definition["taskRoleArn"], task_definition["executionRoleArn"]) == (TASK_ROLE, EXECUTION_ROLE)
    assert (outputs["task_role_arn"], outputs["task_role_name"]) == (TASK_ROLE, "worker")
    required = outputs["required_policies"]
    assert sorted(required) == ["execution_role", "task_role", "task_role.fast_scaling"]
    for name, policy in (
        ("task_role", "orders-task-role-policy"),
        ("task_role.fast_scaling", "orders-demand-role-policy"),
        ("execution_role", "orders-execution-role-policy"),
    ):
        assert json.loads(required[name]) == document(made, "aws:iam/rolePolicy:RolePolicy", policy)


def test_one_role_may_exist_and_the_other_be_made():
    deployment = deployed(execution_role_arn=EXECUTION_ROLE)

    assert [role.name for role in deployment.all("aws:iam/role:Role")] == ["orders-task-role"]
    assert list(deployment.outputs_of(deployment.result)["required_policies"]) == ["execution_role"]


def test_tasks_are_in_existing_security_groups_beside_their_own():
    deployment = deployed(security_group_ids=["sg-0a1b2c3d"])
    own = deployment.outputs_of(deployment.result)["security_group_id"]

    assert deployment.one("aws:ecs/service:Service").inputs["networkConfiguration"]["securityGroups"] == [
        own,
        "sg-0a1b2c3d",
    ]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (
            {"log_group_arn": LOG_GROUP, "log_retention_days": 30},
            "log_retention_days: is for a log group made here, and log_group_arn names an existing one",
        ),
        (
            {"log_group_arn": LOG_GROUP.replace("eu-west-1", "eu-central-1")},
            (
                "log_group_arn: arn:aws:logs:eu-central-1:111122223333:log-group:/shop/workers is not of the account"
                " and region of arn:aws:ecs:eu-west-1:111122223333:cluster/workers"
            ),
        ),
        (
            {"log_group_arn": f"{LOG_GROUP}:*"},
            (
                "log_group_arn: 'arn:aws:logs:eu-west-1:111122223333:log-'... (61 characters) is not a log group's ARN"
                " such as arn:aws:logs:eu-west-1:111122223333:log-group:name, without :* behind it"
            ),
        ),
        (
            {"task_role_arn": TASK_ROLE.replace("111122223333", "444455556666")},
            (
                "task_role_arn: arn:aws:iam::444455556666:role/teams/worker is not of the account of"
                " arn:aws:ecs:eu-west-1:111122223333:cluster/workers, as ECS asks of a task's role"
            ),
        ),
        (
            {"security_group_ids": [f"sg-{number}" for number in range(5)]},
            "security_group_ids: 5 items are not 0 to 4",
        ),
    ],
)
def test_what_is_refused(args: dict[str, Any], problem: str):
    assert problems_of(**args) == [problem]
