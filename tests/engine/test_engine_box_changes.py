"""Every kind of change to a stack in the box under the real engine: in place, replaced, refused.

What is replaced is what AWS cannot change: local/engine/replacements.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.box_stack import BoxStack, box_stack
from tests.support.engine import needs_pulumi

pytestmark = [needs_pulumi, pytest.mark.slow]

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = {"aws:sns/topicSubscription:TopicSubscription worker-subscription": "update"}
DASHBOARD = {"aws:cloudwatch/dashboard:Dashboard worker-dashboard": "update"}
#: A new revision, which is a resource of its own to the provider.
DEPLOYMENT = {
    "aws:ecs/taskDefinition:TaskDefinition worker-task-definition": "replace",
    "aws:ecs/service:Service worker-service": "update",
}
#: Key of the config, value -> what is done to which resource.
CHANGES: list[tuple[str, str, dict[str, str]]] = [
    ("visibility_timeout_seconds", "90", {f"{QUEUE} worker-queue": "update"}),
    ("message_retention_seconds", "86400", {f"{QUEUE} worker-queue": "update"}),
    ("max_receive_count", "5", {"aws:sqs/redrivePolicy:RedrivePolicy worker-redrive-policy": "update"}),
    ("log_retention_days", "30", {"aws:cloudwatch/logGroup:LogGroup worker-log-group": "update"}),
    ("container_insights", "true", {"aws:ecs/cluster:Cluster environment-cluster": "update"}),
    ("topics.main.raw_message_delivery", "true", SUBSCRIPTION),
    ("topics.main.filter_policy.store[0]", "berlin", SUBSCRIPTION),
    ("environment.LEVEL", "high", DEPLOYMENT),
    ("image", f"{IMAGE}:2", DEPLOYMENT),
    ("task_size", "small", DEPLOYMENT | DASHBOARD),
    ("desired_count", "2", {}),
    (
        "max_count",
        "5",
        DASHBOARD
        | {
            "aws:appautoscaling/target:Target worker-scalable-target": "update",
            "aws:appautoscaling/policy:Policy worker-demand-policy": "update",
        },
    ),
]
REPLACED_WITH_A_NEW_KIND_OF_QUEUE = {
    TOPIC: ["worker-topic"],
    QUEUE: ["worker-dead-letter-queue", "worker-queue"],
    "aws:ecs/taskDefinition:TaskDefinition": ["worker-task-definition"],
    "aws:sns/topicPolicy:TopicPolicy": ["worker-topic-policy"],
    "aws:sns/topicSubscription:TopicSubscription": ["worker-subscription"],
    "aws:sqs/queuePolicy:QueuePolicy": ["worker-dead-letter-queue-policy", "worker-queue-policy"],
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": ["worker-redrive-allow-policy"],
    "aws:sqs/redrivePolicy:RedrivePolicy": ["worker-redrive-policy"],
}
REFUSED = [
    ("visibility_timeout_seconds", "99999", "visibility_timeout_seconds: 99999 is not a whole number from 30 to 43200"),
    ("subnet_type", "private", "nat_gateways: 'none' leaves private tasks no way to AWS"),
    ("fifo.high_throughput", "true", "unable to replace resource"),
    ("encryption", "managed", "cannot be deleted because it is protected"),
]


def deploy(stack: BoxStack, **config: str) -> None:
    for key, value in {"source": "", "image": f"{IMAGE}:1", **config}.items():
        stack.set(key, value)
    stack.deployed()


def test_changes_in_place(tmp_path: Path) -> None:
    with box_stack(tmp_path) as stack:
        deploy(stack)
        planned = []
        for key, value, _ in CHANGES:
            with stack.changed(key, value):
                planned.append((key, value, stack.steps()))
        assert planned == CHANGES

        queue_url = stack.outputs()["queue_url"]
        stack.aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody="waiting")
        for key, value, _ in CHANGES:
            stack.set(key, value)
        stack.set("tags.team", "orders")
        stack.deployed()
        # What is live is what the inputs say, as far as it can be read.
        refreshed = stack.run("refresh", "--preview-only", "--expect-no-changes")
        assert refreshed.exit_code == 0, refreshed.output
        sqs = stack.aws.client("sqs")
        attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
        assert (attributes["VisibilityTimeout"], attributes["MessageRetentionPeriod"]) == ("90", "86400")
        assert attributes["ApproximateNumberOfMessages"] == "1"
        assert sqs.list_queue_tags(QueueUrl=queue_url)["Tags"]["team"] == "orders"
        assert stack.outputs()["task_definition_arn"].endswith(":2")


def test_a_fifo_queue_is_another_queue(tmp_path: Path) -> None:
    with box_stack(tmp_path) as stack:
        deploy(stack)
        before = stack.outputs()
        stack.set("fifo.high_throughput", "true")
        replaced: dict[str, list[str]] = {}
        for resource, operation in sorted(stack.steps().items()):
            if operation == "replace":
                type_, name = resource.split()
                replaced.setdefault(type_, []).append(name)
        assert replaced == REPLACED_WITH_A_NEW_KIND_OF_QUEUE

        stack.deployed()
        after = stack.outputs()
        urls = stack.aws.client("sqs").list_queues()["QueueUrls"]
        assert sorted(urls) == sorted([after["queue_url"], after["dead_letter_queue_url"]])
        assert all(url.endswith(".fifo") for url in urls)
        assert before["queue_url"] not in urls


def test_what_is_protected_or_wrong_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with box_stack(tmp_path) as stack:
        deploy(stack, protect="true")
        for key, value, says in REFUSED:
            with stack.changed(key, value):
                preview = stack.run("preview")
                assert preview.exit_code != 0, (key, preview.output)
                assert says in " ".join(preview.output.split()), (key, preview.output)
        destroyed = stack.run("destroy", "--yes")
        assert destroyed.exit_code != 0
        assert stack.run("refresh", "--preview-only", "--expect-no-changes").exit_code == 0
