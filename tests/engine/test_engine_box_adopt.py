"""docs/adopt.md in the box under the real engine: live queues and topics are imported as they are, and let go again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from local.aws import Aws
from tests.support.box_stack import BoxStack, box_stack
from tests.support.copilot_service import TAGS, TIMEOUT_SECONDS, TRIES, CopilotService, copilot_service
from tests.support.engine import ROOT, copy_source, needs_pulumi

pytestmark = [needs_pulumi, pytest.mark.slow]

QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
IMPORTED = {
    f"{QUEUE} orders-dead-letter-queue": "import",
    f"{QUEUE} orders-queue": "import",
    f"{SUBSCRIPTION} orders-subscription": "import",
}
_LIVE = re.compile(r"LIVE = \{.*?\n\}", re.DOTALL)
_INPUTS = re.compile(r'        "encryption".*?\n    \},', re.DOTALL)


def new_program(directory: Path) -> Path:
    folder = directory / "program"
    folder.mkdir()
    copy_source("components", folder)
    (folder / "__main__.py").write_text("")
    (folder / "Pulumi.yaml").write_text("name: adopt\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    return folder


def write_program(stack: BoxStack, live: dict[str, str], inputs: str = "") -> None:
    """The guide's program, with the ids of what is live here; `inputs` in the place of the guide's."""
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "adopt.md").read_text(), re.DOTALL)
    code = _LIVE.sub(f"LIVE = {json.dumps(live)}", code)
    code = _INPUTS.sub(f"        {inputs}\n    }},", code) if inputs else code
    (stack.program / "__main__.py").write_text(code)
    ec2 = stack.aws.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    network = {
        "cluster_arn": stack.aws.client("ecs").create_cluster(clusterName="workers")["cluster"]["clusterArn"],
        "vpc_id": vpc_id,
        "subnet_ids": [subnet_id],
        "image": "registry.example.com/worker:1",
    }
    settings = stack.cli.project / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text().replace("\n", f"\n  adopt:network: {json.dumps(network)}\n", 1))


def live_ones(stack: BoxStack) -> dict[str, str]:
    """As the guide's inputs say, made by hand."""
    sqs, sns = stack.aws.client("sqs"), stack.aws.client("sns")
    # The provider's default for the size, where SQS's own is 1 MiB.
    settings = {"SqsManagedSseEnabled": "true", "MaximumMessageSize": "262144"}
    dead_url = sqs.create_queue(
        QueueName="live-orders-dead", Attributes={**settings, "MessageRetentionPeriod": "1209600"}
    )["QueueUrl"]
    url = sqs.create_queue(
        QueueName="live-orders",
        Attributes={**settings, "VisibilityTimeout": "120", "ReceiveMessageWaitTimeSeconds": "20"},
    )["QueueUrl"]
    topic_arn = sns.create_topic(Name="live-orders")["TopicArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(stack.aws, dead_url)})
    subscription = sns.subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=arn_of(stack.aws, url),
        Attributes={"RedrivePolicy": redrive},
        ReturnSubscriptionArn=True,
    )
    return {
        "orders-topic": topic_arn,
        "orders-queue": url,
        "orders-dead-letter-queue": dead_url,
        "orders-subscription": subscription["SubscriptionArn"],
    }


def arn_of(aws: Aws, url: str) -> str:
    return aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def attributes(aws: Aws, url: str) -> dict[str, str]:
    """But for those that are resources of their own here, and when they changed."""
    all_of_them = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    own = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "LastModifiedTimestamp")
    return {name: value for name, value in all_of_them.items() if name not in own}


def changes(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in after.items() if before.get(name) != value}


def of_live_ones(steps: dict[str, str]) -> dict[str, str]:
    return {name: operation for name, operation in steps.items() if name.split()[0] in (QUEUE, TOPIC, SUBSCRIPTION)}


def test_live_ones_are_imported_without_a_change_and_let_go_as_they_are(tmp_path: Path) -> None:
    with box_stack(tmp_path, program=new_program(tmp_path)) as stack:
        live = live_ones(stack)
        urls = [live["orders-queue"], live["orders-dead-letter-queue"]]
        stack.aws.client("sqs").send_message(QueueUrl=urls[0], MessageBody="waiting")
        before = [attributes(stack.aws, url) for url in urls]
        write_program(stack, live)

        assert of_live_ones(stack.steps()) == {**IMPORTED, f"{TOPIC} orders-topic": "import"}
        stack.deployed()
        assert [attributes(stack.aws, url) for url in urls] == before
        assert stack.outputs()["queue_url"] == urls[0]
        main = stack.program / "__main__.py"
        main.write_text(main.read_text().replace("    pulumi.ResourceOptions(transforms=[adopt]),\n", ""))
        assert stack.deployed("--expect-no-changes")
        assert stack.run("refresh", "--preview-only", "--expect-no-changes").exit_code == 0

        assert stack.run("destroy", "--yes").exit_code != 0
        assert stack.run("state", "unprotect", "--all", "--yes").exit_code == 0
        gone = stack.run("destroy", "--yes")
        assert gone.exit_code == 0, gone.output
        assert [attributes(stack.aws, url) for url in urls] == before
        assert [topic["TopicArn"] for topic in stack.aws.client("sns").list_topics()["Topics"]] == [
            live["orders-topic"]
        ]


def test_a_copilot_service_is_adopted_with_its_messages(tmp_path: Path) -> None:
    with box_stack(tmp_path, program=new_program(tmp_path)) as stack:
        old = copilot_service(stack.aws)
        sqs = stack.aws.client("sqs")
        stack.aws.client("sns").publish(TopicArn=old.topic_arn, Message="published before")
        sqs.send_message(QueueUrl=old.dead_letter_queue_url, MessageBody="dead before")
        before = [attributes(stack.aws, url) for url in (old.queue_url, old.dead_letter_queue_url)]
        live = {
            "orders-queue": old.queue_url,
            "orders-dead-letter-queue": old.dead_letter_queue_url,
            "orders-subscription": old.subscription_arn,
        }
        write_program(stack, live, copilot_inputs(old))

        assert of_live_ones(stack.steps()) == dict.fromkeys(IMPORTED, "import, update")
        stack.deployed()
        after = [attributes(stack.aws, url) for url in (old.queue_url, old.dead_letter_queue_url)]
        # The key is the same, by its ARN: no message needs another one.
        assert [changes(*pair) for pair in zip(before, after, strict=True)] == [
            {"KmsMasterKeyId": old.key_arn, "ReceiveMessageWaitTimeSeconds": "20"},
            {"KmsMasterKeyId": old.key_arn},
        ]
        assert stack.deployed("--expect-no-changes")
        stack.aws.client("sns").publish(TopicArn=old.topic_arn, Message="published after")
        received = sqs.receive_message(QueueUrl=old.queue_url, MaxNumberOfMessages=10)["Messages"]
        assert sorted(json.loads(message["Body"])["Message"] for message in received) == [
            "published after",
            "published before",
        ]
        [dead] = sqs.receive_message(QueueUrl=old.dead_letter_queue_url)["Messages"]
        assert dead["Body"] == "dead before"


def copilot_inputs(old: CopilotService) -> str:
    """As Copilot's manifest had them."""
    return ", ".join(
        [
            f'"kms_key_arn": "{old.key_arn}"',
            f'"topics": {{"main": {{"topic_arn": "{old.topic_arn}"}}}}',
            f'"visibility_timeout_seconds": {TIMEOUT_SECONDS}',
            f'"max_receive_count": {TRIES}',
            # SQS's own, which the queues were made with.
            '"queues": {"main": {"max_message_size_bytes": 1_048_576}}',
            f'"tags": {json.dumps(TAGS)}',
        ]
    )
