"""A task's two roles."""

import json
from typing import Any

from tests.support.worker_service import deployed, document


def test_the_policies_stand_on_the_resources_own_arns():
    deployment = deployed()
    outputs = service_outputs()
    queue_policy = document(deployment, "aws:sqs/queuePolicy:QueuePolicy", "orders-queue-policy")
    dead_letter_policy = document(deployment, "aws:sqs/queuePolicy:QueuePolicy", "orders-dead-letter-queue-policy")
    task_policy = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")
    execution_policy = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy")

    assert queue_policy["Statement"][0]["Resource"] == outputs["queue_arn"]
    assert dead_letter_policy["Statement"][0]["Resource"] == outputs["dead_letter_queue_arn"]
    for policy in (queue_policy, dead_letter_policy):
        assert policy["Statement"][0]["Condition"] == {"ArnEquals": {"aws:SourceArn": outputs["topic_arn"]}}
    assert [statement["Resource"] for statement in task_policy["Statement"]] == [
        outputs["queue_arn"],
        outputs["dead_letter_queue_arn"],
        outputs["topic_arn"],
        outputs["kms_key_arn"],
    ]
    assert [statement["Resource"] for statement in execution_policy["Statement"]] == [
        f"arn:aws:logs:eu-west-1:111122223333:log-group:{outputs['log_group_name']}:log-stream:*",
        "arn:aws:ecr:eu-west-1:444455556666:repository/worker",
        "*",
    ]


def test_each_policy_hangs_on_its_own_role_and_both_roles_trust_ecs_tasks_alone():
    deployment = deployed()
    outputs = service_outputs()
    task_policy = deployment.one("aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")

    assert task_policy.inputs["role"] == outputs["task_role_name"]
    for role in deployment.all("aws:iam/role:Role"):
        trust = json.loads(role.inputs["assumeRolePolicy"])
        assert [statement["Principal"] for statement in trust["Statement"]] == [{"Service": "ecs-tasks.amazonaws.com"}]


def service_outputs() -> dict[str, Any]:
    deployment = deployed()
    return deployment.outputs_of(deployment.result)
