"""A stack in the box under the real engine when something went its own way: hands, a kill, a failure, a secret."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from local.aws import Aws
from local.provisioner.creators import CREATORS
from local.provisioner.resource import Outputs, Resource
from tests.support.box_stack import BoxStack, box_stack, everything
from tests.support.engine import COMMAND_TIMEOUT_SECONDS, needs_pulumi

pytestmark = [needs_pulumi, pytest.mark.slow]

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker:1"
SECRET = "correct horse battery staple"
TOPIC = "aws:sns/topic:Topic"
QUEUE = "aws:sqs/queue:Queue worker-queue"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription worker-subscription"
REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy worker-redrive-policy"
GROUP = "aws:ec2/securityGroup:SecurityGroup worker-security-group"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup worker-log-group"


def configure(stack: BoxStack) -> None:
    for key, value in {"source": "", "image": IMAGE}.items():
        stack.set(key, value)


def refresh(stack: BoxStack) -> None:
    done = stack.run("refresh", "--yes", "--skip-preview")
    assert done.exit_code == 0, done.output


def test_refresh_finds_what_was_changed_by_hand_and_up_puts_it_back(tmp_path: Path) -> None:
    with box_stack(tmp_path) as stack:
        configure(stack)
        stack.deployed()
        exported, sqs, logs = stack.outputs(), stack.aws.client("sqs"), stack.aws.client("logs")
        sqs.set_queue_attributes(
            QueueUrl=exported["queue_url"], Attributes={"VisibilityTimeout": "5", "DelaySeconds": "900"}
        )
        sqs.tag_queue(QueueUrl=exported["queue_url"], Tags={"stage": "mine"})
        logs.put_retention_policy(logGroupName=exported["log_group_name"], retentionInDays=1)
        redrive = {"deadLetterTargetArn": exported["dead_letter_queue_arn"], "maxReceiveCount": 1}
        sqs.set_queue_attributes(QueueUrl=exported["queue_url"], Attributes={"RedrivePolicy": json.dumps(redrive)})
        ec2, rule = stack.aws.client("ec2"), {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
        [group] = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["worker-security-group-*"]}])[
            "SecurityGroups"
        ]
        opened = [{**rule, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.authorize_security_group_egress(GroupId=group["GroupId"], IpPermissions=opened)
        [subscription] = stack.aws.client("sns").list_subscriptions()["Subscriptions"]
        stack.aws.client("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        assert stack.steps() == {}  # the engine knows of nothing yet

        assert stack.run("refresh", "--preview-only", "--expect-no-changes").exit_code != 0
        refresh(stack)
        assert stack.steps() == {
            QUEUE: "update",
            LOG_GROUP: "update",
            SUBSCRIPTION: "create",
            REDRIVE: "update",
            GROUP: "update",
        }
        stack.deployed()
        attributes = sqs.get_queue_attributes(QueueUrl=exported["queue_url"], AttributeNames=["All"])["Attributes"]
        assert (attributes["VisibilityTimeout"], attributes["DelaySeconds"]) == ("60", "0")
        assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 3
        [group] = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
        assert [each["FromPort"] for each in group["IpPermissionsEgress"]] == [443]
        assert sqs.list_queue_tags(QueueUrl=exported["queue_url"])["Tags"]["stage"] == "dev"
        [log] = logs.describe_log_groups(logGroupNamePrefix=exported["log_group_name"])["logGroups"]
        assert log["retentionInDays"] == 7
        assert len(stack.aws.client("sns").list_subscriptions()["Subscriptions"]) == 1
        assert stack.run("refresh", "--preview-only", "--expect-no-changes").exit_code == 0


def test_an_up_that_is_killed_half_way_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, killed = threading.Event(), threading.Event()
    create_topic = CREATORS[TOPIC]

    def create_late(aws: Aws, resource: Resource) -> Outputs:
        reached.set()
        assert killed.wait(COMMAND_TIMEOUT_SECONDS)
        return create_topic(aws, resource)

    with box_stack(tmp_path) as stack:
        configure(stack)
        monkeypatch.setitem(CREATORS, TOPIC, create_late)
        stack.killed_up(reached, killed)
        monkeypatch.setitem(CREATORS, TOPIC, create_topic)

        locked = stack.up()
        assert locked.exit_code != 0
        assert "pulumi cancel" in locked.output
        cancelled = stack.run("cancel", "--yes")
        assert cancelled.exit_code == 0, cancelled.output
        again = stack.up()
        assert again.exit_code == 0, again.output
        assert "interrupted while creating" in again.output
        assert stack.deployed("--expect-no-changes")
        there = everything(stack.aws)
        # What was being made when the engine died is no part of the stack, which says so: somebody has to look at it.
        assert (len(there["services"]), len(there["topics"])) == (1, 2)
        assert stack.outputs()["topic_arn"] in there["topics"]


def test_a_secret_is_nowhere_in_clear_text_but_in_the_cloud(tmp_path: Path) -> None:
    with box_stack(tmp_path) as stack:
        configure(stack)
        stack.set("environment.PASSWORD", SECRET, "--secret")
        stack.deployed()
        arn = stack.outputs()["task_definition_arn"]
        definition = stack.aws.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
        [container] = definition["containerDefinitions"]
        assert {"name": "PASSWORD", "value": SECRET} in container["environment"]

        state = stack.run("stack", "export")
        assert json.loads(state.output)["deployment"]["secrets_providers"]["type"] == "passphrase"
        assert SECRET not in state.output
        written = [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
        assert written == []
        assert stack.deployed("--expect-no-changes")
