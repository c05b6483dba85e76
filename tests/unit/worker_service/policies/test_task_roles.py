"""The policies of a task's two roles, exactly. What IAM makes of them: tests/integration/test_policies_judged.py."""

from typing import Any

from worker_service.policies import task_roles as policies

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders-queue"

DEAD_LETTER_QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders-dead-letter-queue"

TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders-topic"

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"

CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"

LOG_GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:orders-log-group"


def test_tasks_of_this_account_and_region_alone_may_assume_the_roles():
    assert policies.tasks_may_assume(CLUSTER) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "111122223333"},
                    "ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:111122223333:*"},
                },
            }
        ],
    }


def test_the_partition_comes_from_the_cluster():
    document = policies.tasks_may_assume("arn:aws-cn:ecs:cn-north-1:111122223333:cluster/workers")

    condition = document["Statement"][0]["Condition"]
    assert condition["ArnLike"] == {"aws:SourceArn": "arn:aws-cn:ecs:cn-north-1:111122223333:*"}


def task_role_policy(
    *, execute_command: bool = False, scale_in_protection: bool = False, key_arn: str | None = KEY, **more: Any
) -> dict[str, object]:
    queues = {"queue_arns": [QUEUE], "dead_letter_queue_arns": [DEAD_LETTER_QUEUE], "queue_key_arns": []}
    return policies.task_role_policy(
        **{**queues, **more},
        topic_arns=[TOPIC],
        key_arn=key_arn,
        topic_key_arns=[],
        cluster_arn="arn:aws:ecs:eu-west-1:111122223333:cluster/workers",
        execute_command=execute_command,
        scale_in_protection=scale_in_protection,
    )


TASK_ROLE_STATEMENTS = [
    {
        "Sid": "ConsumeQueue",
        "Effect": "Allow",
        "Action": [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
        ],
        "Resource": QUEUE,
    },
    {
        "Sid": "RejectToDeadLetterQueue",
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": DEAD_LETTER_QUEUE,
    },
    {"Sid": "PublishToTopic", "Effect": "Allow", "Action": "sns:Publish", "Resource": TOPIC},
    {"Sid": "UseKey", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": KEY},
]


def test_without_a_key_of_a_customers_there_is_none_to_use():
    without = [statement for statement in TASK_ROLE_STATEMENTS if statement["Sid"] != "UseKey"]

    assert task_role_policy(key_arn=None)["Statement"] == without


def test_the_task_role_may_consume_reject_and_publish():
    assert task_role_policy() == {"Version": "2012-10-17", "Statement": TASK_ROLE_STATEMENTS}


def test_scale_in_protection_adds_one_action_on_the_clusters_tasks_and_nothing_else():
    assert task_role_policy(scale_in_protection=True) == {
        "Version": "2012-10-17",
        "Statement": [
            *TASK_ROLE_STATEMENTS,
            {
                "Sid": "ProtectOwnTask",
                "Effect": "Allow",
                "Action": "ecs:UpdateTaskProtection",
                "Resource": "arn:aws:ecs:eu-west-1:111122223333:task/workers/*",
            },
        ],
    }


def test_a_task_that_publishes_its_demand_may_read_its_service():
    service_arn = "arn:aws:ecs:eu-west-1:111122223333:service/workers/orders"

    assert policies.demand_publisher_policy(service_arn=service_arn) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "FindService",
                "Effect": "Allow",
                "Action": "ecs:DescribeTasks",
                "Resource": "arn:aws:ecs:eu-west-1:111122223333:task/workers/*",
            },
            {
                "Sid": "ReadDesiredCount",
                "Effect": "Allow",
                "Action": "ecs:DescribeServices",
                "Resource": service_arn,
            },
        ],
    }


def test_execute_command_adds_its_channels_and_nothing_else():
    assert task_role_policy(execute_command=True) == {
        "Version": "2012-10-17",
        "Statement": [
            *TASK_ROLE_STATEMENTS,
            {
                "Sid": "ExecuteCommand",
                "Effect": "Allow",
                "Action": [
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                "Resource": "*",
            },
        ],
    }


WRITE_LOG = {
    "Sid": "WriteLog",
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": f"{LOG_GROUP}:log-stream:*",
}


def test_the_execution_role_pulls_from_the_images_own_repository():
    image = "444455556666.dkr.ecr.us-east-1.amazonaws.com/team/worker@sha256:" + "a" * 64

    assert policies.execution_role_policy(
        log_group_arn=LOG_GROUP, images=[image], secrets=[], secret_kms_key_arns=[]
    ) == {
        "Version": "2012-10-17",
        "Statement": [
            WRITE_LOG,
            {
                "Sid": "PullImage",
                "Effect": "Allow",
                "Action": [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                "Resource": "arn:aws:ecr:us-east-1:444455556666:repository/team/worker",
            },
            {
                "Sid": "LogInToRegistry",
                "Effect": "Allow",
                "Action": "ecr:GetAuthorizationToken",
                "Resource": "*",
            },
        ],
    }


def test_an_image_outside_ecr_needs_no_permission():
    document = policies.execution_role_policy(
        log_group_arn=LOG_GROUP, images=["docker.io/library/worker:1"], secrets=[], secret_kms_key_arns=[]
    )

    assert document == {"Version": "2012-10-17", "Statement": [WRITE_LOG]}


def test_all_queues_are_consumed_and_their_keys_used():
    other, dead, key = QUEUE + "-bulk", DEAD_LETTER_QUEUE + "-bulk", KEY.replace("0", "9")
    statements = policies_of(
        queue_arns=[QUEUE, other], dead_letter_queue_arns=[DEAD_LETTER_QUEUE, dead], queue_key_arns=[key]
    )

    assert statements["ConsumeQueue"]["Resource"] == [QUEUE, other]
    assert statements["RejectToDeadLetterQueue"]["Resource"] == [DEAD_LETTER_QUEUE, dead]
    assert statements["UseQueueKeys"] == {
        "Sid": "UseQueueKeys",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": [key],
    }


def policies_of(**args: Any) -> dict[str, dict[str, Any]]:
    """The statements by their ids."""
    statements: Any = task_role_policy(**args)["Statement"]
    return {statement["Sid"]: statement for statement in statements}
