"""What wakes a service at 0 tasks, as a WorkerService declares it."""

import json
from typing import Any

from tests.support.deploy import Deployment
from tests.support.worker_service import CLUSTER_ARN, deployed

QUEUE = "aws:sqs/queue:Queue"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
WORKFLOW = "aws:sfn/stateMachine:StateMachine"
PIPE = "aws:pipes/pipe:Pipe"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def waking(**args: Any) -> Deployment:
    return deployed(min_count=0, desired_count=0, fast_wake=True, **args)


def states(deployment: Deployment) -> dict[str, Any]:
    return json.loads(deployment.one(WORKFLOW).inputs["definition"])["States"]


def statements(deployment: Deployment, name: str) -> list[dict[str, Any]]:
    return json.loads(deployment.one(ROLE_POLICY, name).inputs["policy"])["Statement"]


def test_nothing_of_it_is_there_unless_it_is_asked_for():
    deployment = deployed(min_count=0, desired_count=0)

    assert not deployment.all(WORKFLOW)
    assert not deployment.all(PIPE)
    assert {queue.name for queue in deployment.all(QUEUE)} == {"orders-queue", "orders-dead-letter-queue"}


def test_every_topic_brings_what_the_services_queue_gets_to_the_wake_queue_too():
    deployment = waking(topics={"main": {}, "cancelled": {"filter_policy": {"kind": ["big"]}}})
    queue = deployment.one(QUEUE, "orders-wake-queue")
    own, other = (
        deployment.one(SUBSCRIPTION, name).inputs
        for name in ("orders-wake-subscription", "orders-cancelled-wake-subscription")
    )

    assert queue.inputs["messageRetentionSeconds"] == 60
    assert own["endpoint"] == other["endpoint"]
    assert "wake-queue" in own["endpoint"]
    assert other["topic"] == deployment.one(SUBSCRIPTION, "orders-cancelled-subscription").inputs["topic"]
    assert json.loads(other["filterPolicy"]) == {"kind": ["big"]}
    # A message that does not come here comes to the service's queue.
    assert "redrivePolicy" not in own


def test_the_wake_queue_is_encrypted_as_the_services_own():
    with_key, managed = waking(), waking(encryption="managed")
    queue, own = (with_key.one(QUEUE, name).inputs for name in ("orders-wake-queue", "orders-queue"))

    assert queue["kmsMasterKeyId"] == own["kmsMasterKeyId"]
    assert managed.one(QUEUE, "orders-wake-queue").inputs["sqsManagedSseEnabled"] is True
    assert [one["Sid"] for one in statements(managed, "orders-wake-pipe-role-policy")] == [
        "ReadWakeQueue",
        "StartWorkflow",
    ]


def test_the_workflow_raises_the_minimum_for_ten_minutes_and_only_where_no_task_is_wanted():
    deployment = waking()
    target = deployment.one("aws:appautoscaling/target:Target").inputs
    found = states(deployment)
    plan, wake = found["PlanEnd"], found["Wake"]

    assert deployment.one(WORKFLOW).inputs["type"] == "EXPRESS"
    assert found["Look"]["Resource"] == "arn:aws:states:::aws-sdk:ecs:describeServices"
    assert found["Look"]["Arguments"]["Cluster"] == CLUSTER_ARN
    assert found["Sleeps"]["Choices"] == [{"Condition": "{% $states.input = 0 %}", "Next": "PlanEnd"}]
    assert (found["Sleeps"]["Default"], found["Awake"]["Type"]) == ("Awake", "Succeed")
    # The end first: a minimum that stays raised would cost a task for ever.
    assert (found["Look"]["Next"], plan["Next"], wake["End"]) == ("Sleeps", "Wake", True)
    assert plan["Arguments"]["ScalableTargetAction"] == {"MinCapacity": 0}
    assert "+ 600000" in plan["Arguments"]["Schedule"]
    assert wake["Resource"] == "arn:aws:states:::aws-sdk:applicationautoscaling:registerScalableTarget"
    assert wake["Arguments"] == {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": target["resourceId"],
        "MinCapacity": 1,
    }


def test_a_failed_start_is_tried_again():
    pipe = waking().one(PIPE).inputs

    assert pipe["targetParameters"] == {"stepFunctionStateMachineParameters": {"invocationType": "REQUEST_RESPONSE"}}


def test_each_role_may_do_its_part_and_no_more():
    deployment = waking()
    policy = deployment.one("aws:sqs/queuePolicy:QueuePolicy", "orders-wake-queue-policy").inputs["policy"]
    delivering = json.loads(policy)["Statement"][0]
    pipe, workflow = (statements(deployment, f"orders-{kind}-role-policy") for kind in ("wake-pipe", "wake"))

    assert [(one["Sid"], one["Action"], one["Resource"]) for one in pipe[:1]] == [
        (
            "ReadWakeQueue",
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            delivering["Resource"],
        )
    ]
    assert [(one["Sid"], one["Action"]) for one in pipe[1:]] == [
        ("StartWorkflow", "states:StartSyncExecution"),
        ("DecryptWakeQueue", "kms:Decrypt"),
    ]
    assert [(one["Sid"], one["Action"]) for one in workflow] == [
        (
            "RaiseMinimum",
            ["application-autoscaling:PutScheduledAction", "application-autoscaling:RegisterScalableTarget"],
        ),
        ("LookAtService", ["ecs:DescribeServices", "ecs:UpdateService"]),
    ]
    assert all("*" not in one["Resource"] for one in (*pipe, *workflow))


def test_only_pipes_and_workflows_of_the_account_assume_the_roles():
    deployment = waking()
    for kind, service, resource in (("wake-pipe", "pipes", "pipe/*"), ("wake", "states", "stateMachine:*")):
        role = deployment.one("aws:iam/role:Role", f"orders-{kind}-role").inputs
        [trust] = json.loads(role["assumeRolePolicy"])["Statement"]
        assert trust["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert trust["Condition"]["ArnLike"]["aws:SourceArn"].endswith(f":{resource}")
        assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] in trust["Condition"]["ArnLike"]["aws:SourceArn"]
