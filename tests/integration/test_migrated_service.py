"""A service leaves Copilot in the emulator: its stack comes up beside the old one, and no message is lost.

The old side is as Copilot's templates name and make it. Copilot's exports are answered here: the emulator has no
CloudFormation.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.provisioner.creators import FUNCTIONS
from local.provisioner.provision import provision
from tests.support.workers_cli import SETTINGS, command
from worker_ops.account import Account
from worker_ops.migrate.both_sides.check import Step
from worker_ops.migrate.both_sides.checks import checks
from worker_ops.migrate.copilot.convert import convert_workspace
from worker_ops.migrate.copilot.workspace import read_workspace
from worker_ops.places.place import Service, WorkQueue

#: As boto3 names them.
CREDENTIALS = {key.lower(): value for key, value in ADMIN_CREDENTIALS.items()}
MANIFEST = """\
name: orders
type: Worker Service
image: {location: 'shop/orders:7'}
count: {range: 1-5, queue_delay: {acceptable_latency: 1m, msg_processing_time: 1s}}
subscribe:
  topics: [{name: placed, service: api}, {name: refunds, service: pay, queue: {dead_letter: {tries: 4}}}]
  queue: {timeout: 45s, dead_letter: {tries: 5}}
secrets: {TOKEN: {secretsmanager: token}}
"""


@dataclass(frozen=True)
class Old:
    """What Copilot left in the account."""

    topic_arn: str
    queue_url: str
    dead_letter_queue_url: str
    subscription_arn: str
    exports: Mapping[str, str]


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with Emulator() as emulator:
        yield Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)


@pytest.fixture(scope="module")
def old(aws: Aws) -> Old:
    """An environment and a worker of Copilot's, with messages that wait, are delayed and in flight."""
    sns, sqs, ec2 = (aws.client(service) for service in ("sns", "sqs", "ec2"))
    aws.client("secretsmanager").create_secret(Name="token", SecretString="t")
    topic = sns.create_topic(Name="shop-prod-api-placed")["TopicArn"]
    sns.create_topic(Name="shop-prod-pay-refunds")
    dead = sqs.create_queue(QueueName="shop-prod-orders-DeadLetterQueue-1A2B3C")["QueueUrl"]
    sqs.send_message(QueueUrl=dead, MessageBody="dead")
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 5})
    url = sqs.create_queue(QueueName="shop-prod-orders-EventsQueue-1A2B3C", Attributes={"RedrivePolicy": redrive})[
        "QueueUrl"
    ]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    for number in range(8):
        sqs.send_message(QueueUrl=url, MessageBody=f"old {number}", DelaySeconds=60 if number == 7 else 0)
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2, VisibilityTimeout=600)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"] for number in range(2)
    ]
    group = ec2.create_security_group(GroupName="env", Description="env", VpcId=vpc)["GroupId"]
    aws.client("ecs").create_cluster(clusterName="shop-prod-Cluster-1A2B3C")
    exports = {
        "shop-prod-ClusterId": "shop-prod-Cluster-1A2B3C",
        "shop-prod-VpcId": vpc,
        "shop-prod-PublicSubnets": ",".join(subnets),
        "shop-prod-EnvironmentSecurityGroup": group,
    }
    return Old(topic, url, dead, subscription["SubscriptionArn"], exports)


@pytest.fixture(scope="module")
def new(aws: Aws, old: Old, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the converted service's stack exports, once it is up."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "copilot" / "orders").mkdir(parents=True)
    (folder / "copilot" / "orders" / "manifest.yml").write_text(MANIFEST)
    files = convert_workspace(read_workspace(folder, application="shop", environments=["prod"]), {}).files
    (folder / "__main__.py").write_text(files["orders/__main__.py"])
    config = yaml.safe_load(files["orders/Pulumi.prod.yaml"])["config"]
    texts = {key: json.dumps(value) for key, value in config.items()}
    with pytest.MonkeyPatch.context() as patch:
        answer = lambda _aws, args: {"value": old.exports[args["name"]]}  # noqa: E731
        patch.setitem(FUNCTIONS, "aws:cloudformation/getExport:getExport", answer)
        program = folder / "__main__.py"
        return provision(
            program, project="orders", stack="prod", config=texts, aws=aws, on_created=lambda _: None
        ).exports


def held(aws: Aws, url: str) -> int:
    """Messages of the queue: visible, in flight and delayed."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def test_the_stack_comes_up_in_the_old_network_and_leaves_the_old_queue_as_it_is(
    aws: Aws, old: Old, new: dict[str, Any]
) -> None:
    ecs = aws.client("ecs")
    [service] = ecs.describe_services(cluster="shop-prod-Cluster-1A2B3C", services=[new["service_name"]])["services"]
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    [container] = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"][
        "containerDefinitions"
    ]
    environment = {item["name"]: item["value"] for item in container["environment"]}

    assert ",".join(network["subnets"]) == old.exports["shop-prod-PublicSubnets"]
    assert old.exports["shop-prod-EnvironmentSecurityGroup"] in network["securityGroups"]
    assert environment["COPILOT_QUEUE_URI"] == new["queue_url"]
    assert json.loads(environment["COPILOT_TOPIC_QUEUE_URIS"]) == {
        "payRefundsEventsQueue": new["queues"]["refunds"]["queue_url"]
    }
    assert container["secrets"][0]["valueFrom"].startswith("arn:aws:secretsmanager:")
    assert held(aws, old.queue_url) == 8


def test_a_message_goes_to_both_until_the_old_subscription_ends_and_none_is_lost(
    aws: Aws, old: Old, new: dict[str, Any]
) -> None:
    sns = aws.client("sns")
    sns.publish(TopicArn=old.topic_arn, Message="between")
    assert (held(aws, old.queue_url), held(aws, new["queue_url"])) == (9, 1)

    sns.unsubscribe(SubscriptionArn=old.subscription_arn)
    for number in range(5):
        sns.publish(TopicArn=old.topic_arn, Message=f"new {number}")

    assert (held(aws, old.queue_url), held(aws, new["queue_url"])) == (9, 6)
    assert held(aws, new["queues"]["refunds"]["queue_url"]) == 0


def test_verify_refuses_what_would_lose_something_and_says_when_it_does_not(
    aws: Aws, old: Old, new: dict[str, Any], tmp_path: Path
) -> None:
    account = Account(region="eu-west-1", endpoint_url=aws.endpoint_url, credentials=CREDENTIALS)
    sns, sqs = aws.client("sns"), aws.client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=old.queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    again = sns.subscribe(TopicArn=old.topic_arn, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    alone = sns.create_topic(Name="shop-prod-api-cancelled")["TopicArn"]
    forgotten = sns.subscribe(TopicArn=alone, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)

    def left(step: Step) -> dict[str, str]:
        queues = (
            WorkQueue("main", new["queue_url"], new["dead_letter_queue_url"]),
            WorkQueue("refunds", new["queues"]["refunds"]["queue_url"], None),
        )
        found = checks(account, [old.queue_url], Service("orders", queues))
        return {check.subject: check.told for check in found if check.before == step and not check.is_met}

    assert left(Step.UNSUBSCRIBE) == {alone: "delivers to the old queue alone: `pulumi up` comes first"}
    assert set(left(Step.DELETE)) == {
        old.topic_arn,
        alone,
        "shop-prod-orders-EventsQueue-1A2B3C",
        "shop-prod-orders-DeadLetterQueue-1A2B3C",
    }
    assert verified(old, new, tmp_path) == (3, False)
    assert again["SubscriptionArn"] in left(Step.DELETE)[old.topic_arn]
    assert "6 visible, 2 in flight, 1 delayed" in left(Step.DELETE)["shop-prod-orders-EventsQueue-1A2B3C"]

    for subscription in (again, forgotten):
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    for url in (old.queue_url, old.dead_letter_queue_url):
        sqs.purge_queue(QueueUrl=url)

    assert (left(Step.UNSUBSCRIBE), left(Step.DELETE)) == ({}, {})
    assert verified(old, new, tmp_path) == (0, True)


def verified(old: Old, new: dict[str, Any], directory: Path) -> tuple[int, bool]:
    """Exit code and answer of the program."""
    arguments = ("migrate", "verify", "--old", old.queue_url, "--queue", new["queue_url"], "--json")
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), **SETTINGS}
    done = subprocess.run(command(*arguments), env=environment, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)["now"]
