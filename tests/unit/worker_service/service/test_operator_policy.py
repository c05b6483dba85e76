"""The policy of whoever operates a service."""

from tests.support.worker_service import CLUSTER_ARN, deployed, document
from worker_service.policies.operator import operator_policy

POLICY = "aws:iam/policy:Policy"


def test_there_is_none_unless_it_is_asked_for():
    service = deployed()

    assert service.all(POLICY) == []
    assert service.outputs_of(service.result)["operator_policy_arn"] == ""


def test_it_is_a_managed_policy_for_this_service_alone():
    service = deployed(operator_policy=True, role_path="/teams/", tags={"team": "orders"})

    policy = service.one(POLICY, "orders-operator-policy")
    statements = {one["Sid"]: one for one in document(service, POLICY, "orders-operator-policy")["Statement"]}
    assert (policy.inputs["path"], policy.inputs["tags"]) == ("/teams/", {"team": "orders"})
    outputs = service.outputs_of(service.result)
    assert outputs["operator_policy_arn"].startswith("arn:aws:iam::")
    assert statements["Queues"]["Resource"] == [outputs["queue_arn"]]
    assert statements["DeadLetterQueues"]["Resource"] == [outputs["dead_letter_queue_arn"]]
    assert statements["Topics"]["Resource"] == [outputs["topic_arn"]]
    assert statements["Keys"]["Resource"] == [outputs["kms_key_arn"]]
    assert statements["Service"]["Resource"] == outputs["service_arn"]
    assert "SessionKey" not in statements


def test_a_key_of_several_queues_stands_once():
    key, arn = "arn:aws:kms:eu-west-1:111122223333:key/1", "arn:aws:sqs:eu-west-1:111122223333:"
    queues = {
        name: {"queue_arn": f"{arn}{name}", "dead_letter_queue_arn": f"{arn}{name}-dead", "kms_key_arn": key}
        for name in ("slow", "quick")
    }
    service = deployed(operator_policy=True, kms_key_arn=key, queues=queues)
    [keys] = [one for one in document(service, POLICY, "orders-operator-policy")["Statement"] if one["Sid"] == "Keys"]

    assert keys["Resource"] == [key]


def test_the_whole_document():
    def arn(service: str, name: str) -> str:
        return f"arn:aws:{service}:eu-west-1:111122223333:{name}"

    assert operator_policy(
        name="orders",
        queue_arns=[arn("sqs", "orders-queue")],
        dead_letter_queue_arns=[arn("sqs", "orders-dead")],
        topic_arns=[arn("sns", "orders-topic")],
        key_arns=[arn("kms", "key/1")],
        session_key_arns=[arn("kms", "key/2")],
        cluster_arn=CLUSTER_ARN,
        service_arn=arn("ecs", "service/workers/orders"),
        log_group_arn=arn("logs", "log-group:orders"),
    )["Statement"] == [
        {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource, **condition}
        for sid, actions, resource, condition in [
            (
                "Queues",
                ["sqs:GetQueueAttributes", "sqs:ListDeadLetterSourceQueues", "sqs:SendMessage"],
                [arn("sqs", "orders-queue")],
                {},
            ),
            (
                "DeadLetterQueues",
                [
                    "sqs:CancelMessageMoveTask",
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:GetQueueUrl",
                    "sqs:ListDeadLetterSourceQueues",
                    "sqs:ListMessageMoveTasks",
                    "sqs:ReceiveMessage",
                    "sqs:StartMessageMoveTask",
                ],
                [arn("sqs", "orders-dead")],
                {},
            ),
            ("Topics", ["sns:ListSubscriptionsByTopic", "sns:Publish"], [arn("sns", "orders-topic")], {}),
            ("Keys", ["kms:Decrypt", "kms:GenerateDataKey"], [arn("kms", "key/1")], {}),
            ("Service", ["ecs:DescribeServices", "ecs:UpdateService"], arn("ecs", "service/workers/orders"), {}),
            ("Tasks", ["ecs:DescribeTasks", "ecs:ExecuteCommand"], arn("ecs", "task/workers/*"), {}),
            ("Cluster", ["ecs:ExecuteCommand"], CLUSTER_ARN, {}),
            ("TasksOfCluster", ["ecs:ListTasks"], "*", {"Condition": {"ArnEquals": {"ecs:cluster": CLUSTER_ARN}}}),
            (
                "LogGroup",
                ["logs:FilterLogEvents"],
                [arn("logs", "log-group:orders"), arn("logs", "log-group:orders:*")],
                {},
            ),
            (
                "Alarms",
                ["cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions"],
                arn("cloudwatch", "alarm:orders-*"),
                {},
            ),
            (
                "ScalableTarget",
                ["application-autoscaling:RegisterScalableTarget"],
                arn("application-autoscaling", "scalable-target/*"),
                {},
            ),
            ("SessionKey", ["kms:GenerateDataKey"], [arn("kms", "key/2")], {}),
            (
                "Everything",
                [
                    "application-autoscaling:DescribeScalableTargets",
                    "application-autoscaling:DescribeScalingActivities",
                    "cloudwatch:DescribeAlarms",
                    "cloudwatch:GetMetricData",
                    "ecs:ListTaskDefinitions",
                    "sns:GetSubscriptionAttributes",
                ],
                "*",
                {},
            ),
        ]
    ]
