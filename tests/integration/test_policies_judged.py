"""The policies that the components write, judged by IAM's rules: what they let through and what they stop."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.emulator.iam.policy_verdict import Principal, Request, Verdict, identity_verdict, resource_verdict
from worker_service.policies import task_roles, topics_and_queues
from worker_service.policies.statements import Document

ACCOUNT = "111122223333"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders-queue"
DEAD_LETTER_QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders-dead-letter-queue"
OTHER_QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:invoices-queue"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders-topic"
OTHER_TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:invoices-topic"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd"
OTHER_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/5678efab"
CLUSTER = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/workers"
LOG_GROUP = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:orders-log-group"
WORKER = Principal((f"arn:aws:sts::{ACCOUNT}:assumed-role/task/1",), ACCOUNT)
SNS = Principal(service="sns.amazonaws.com")
TASKS = Principal(service="ecs-tasks.amazonaws.com")
HTTPS = {"aws:SecureTransport": "true"}
HTTP = {"aws:SecureTransport": "false"}


def task_role(*, scale_in_protection: bool) -> Document:
    return task_roles.task_role_policy(
        queue_arns=[QUEUE],
        dead_letter_queue_arns=[DEAD_LETTER_QUEUE],
        queue_key_arns=[],
        topic_arns=[TOPIC],
        key_arn=KEY,
        topic_key_arns=[],
        cluster_arn=CLUSTER,
        execute_command=False,
        scale_in_protection=scale_in_protection,
    )


TASK_ROLE = task_role(scale_in_protection=False)


def identity(policy: Mapping[str, Any], action: str, resource: str) -> Verdict:
    return identity_verdict([policy], Request(WORKER, action, resource, HTTPS))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:DeleteMessage", QUEUE),
        ("sqs:ChangeMessageVisibility", QUEUE),
        ("sqs:GetQueueAttributes", QUEUE),
        ("sqs:GetQueueUrl", QUEUE),
        ("sqs:SendMessage", DEAD_LETTER_QUEUE),
        ("sns:Publish", TOPIC),
        ("kms:Decrypt", KEY),
        ("kms:GenerateDataKey", KEY),
    ],
)
def test_the_task_role_may_do_what_the_worker_does(action: str, resource: str):
    assert identity(TASK_ROLE, action, resource) is Verdict.ALLOW


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sqs:SendMessage", QUEUE),
        ("sqs:PurgeQueue", QUEUE),
        ("sqs:DeleteQueue", QUEUE),
        ("sqs:SetQueueAttributes", QUEUE),
        ("sqs:ReceiveMessage", DEAD_LETTER_QUEUE),
        ("sqs:ReceiveMessage", OTHER_QUEUE),
        ("sns:Publish", OTHER_TOPIC),
        ("sns:Subscribe", TOPIC),
        ("kms:Decrypt", OTHER_KEY),
        ("kms:ScheduleKeyDeletion", KEY),
        ("ssmmessages:OpenDataChannel", "*"),
        ("s3:GetObject", "arn:aws:s3:::anything/at-all"),
    ],
)
def test_the_task_role_may_do_nothing_else(action: str, resource: str):
    assert identity(TASK_ROLE, action, resource) is Verdict.NONE


@pytest.mark.parametrize(
    ("action", "resource", "verdict"),
    [
        ("logs:PutLogEvents", f"{LOG_GROUP}:log-stream:worker/1", Verdict.ALLOW),
        ("logs:PutLogEvents", f"{LOG_GROUP}-of-another:log-stream:worker/1", Verdict.NONE),
        ("logs:DeleteLogGroup", LOG_GROUP, Verdict.NONE),
        ("ecr:BatchGetImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/worker", Verdict.ALLOW),
        ("ecr:BatchGetImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/other", Verdict.NONE),
        ("ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/worker", Verdict.NONE),
    ],
)
def test_the_execution_role_starts_this_services_tasks_alone(action: str, resource: str, verdict: Verdict):
    image = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/worker:1"
    policy = task_roles.execution_role_policy(
        log_group_arn=LOG_GROUP, images=[image], secrets=[], secret_kms_key_arns=[]
    )

    assert identity(policy, action, resource) is verdict


@pytest.mark.parametrize(("topic", "verdict"), [(TOPIC, Verdict.ALLOW), (OTHER_TOPIC, Verdict.NONE)])
def test_sns_may_send_for_the_one_topic_alone(topic: str, verdict: Verdict):
    policy = topics_and_queues.queue_policy(queue_arn=QUEUE, topic_arns=[TOPIC])
    delivery = Request(SNS, "sqs:SendMessage", QUEUE, {**HTTPS, "aws:SourceArn": topic})

    assert resource_verdict(policy, delivery) is verdict


@pytest.mark.parametrize(("topic", "verdict"), [(TOPIC, Verdict.ALLOW), (OTHER_TOPIC, Verdict.NONE)])
def test_sns_may_use_the_key_for_the_one_topic_alone(topic: str, verdict: Verdict):
    policy = topics_and_queues.key_policy(cluster_arn=CLUSTER, topic_arns=[TOPIC], encrypts_alarms=False)

    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert resource_verdict(policy, Request(SNS, action, KEY, {"aws:SourceArn": topic})) is verdict


@pytest.mark.parametrize(
    ("policy", "action", "resource"),
    [
        (topics_and_queues.queue_policy(queue_arn=QUEUE, topic_arns=[TOPIC]), "sqs:ReceiveMessage", QUEUE),
        (topics_and_queues.topic_policy(topic_arn=TOPIC), "sns:Publish", TOPIC),
    ],
    ids=["queue", "topic"],
)
def test_plain_http_is_refused_and_https_is_left_to_the_callers_own_policy(policy: Any, action: str, resource: str):
    assert resource_verdict(policy, Request(WORKER, action, resource, HTTP)) is Verdict.DENY
    assert resource_verdict(policy, Request(WORKER, action, resource, HTTPS)) is Verdict.NONE


@pytest.mark.parametrize(
    ("account", "region", "verdict"),
    [
        (ACCOUNT, "eu-west-1", Verdict.ALLOW),
        ("444455556666", "eu-west-1", Verdict.NONE),
        (ACCOUNT, "us-east-1", Verdict.NONE),
    ],
)
def test_tasks_of_this_account_and_region_alone_get_the_roles(account: str, region: str, verdict: Verdict):
    trust = task_roles.tasks_may_assume(CLUSTER)
    context = {"aws:SourceAccount": account, "aws:SourceArn": f"arn:aws:ecs:{region}:{account}:task/1"}

    assert resource_verdict(trust, Request(TASKS, "sts:AssumeRole", None, context)) is verdict


@pytest.mark.parametrize(
    ("protection", "cluster", "verdict"),
    [
        (True, "workers", Verdict.ALLOW),
        (True, "workers-2", Verdict.NONE),
        (False, "workers", Verdict.NONE),
    ],
)
def test_a_task_may_protect_tasks_of_its_own_cluster_where_it_is_asked_to(
    protection: bool, cluster: str, verdict: Verdict
):
    task = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/{cluster}/0a1b2c"

    assert identity(task_role(scale_in_protection=protection), "ecs:UpdateTaskProtection", task) is verdict
