"""Two accounts: what one lets the other do is judged by the policies of both, the key's too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.emulator.account import ACCOUNT_ID, root_credentials

THEIRS = "444455556666"
REGION = "eu-west-1"


class Accounts:
    """The box's account with an encrypted topic and a queue behind it, and another one with roles."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.ours = Aws(emulator.endpoint_url, REGION, ADMIN_CREDENTIALS)
        self.theirs = Aws(emulator.endpoint_url, REGION, root_credentials(THEIRS))

    def topic(self, *statements: dict[str, Any], key_statements: list[dict[str, Any]] | None = None) -> str:
        """A topic with a policy, and a key where it has statements."""
        sns, attributes = self.ours.client("sns"), {}
        name = f"topic-{len(sns.list_topics()['Topics'])}"
        if key_statements is not None:
            owner = {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
            policy = json.dumps({"Version": "2012-10-17", "Statement": [owner, *key_statements]})
            attributes["KmsMasterKeyId"] = self.ours.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
        arn = sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
        document = {"Version": "2012-10-17", "Statement": [{**one, "Resource": arn} for one in statements]}
        if statements:
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(document))
        return arn

    def role(self, *actions: str) -> Aws:
        """The other account as a role of its own that may do these."""
        iam, name = self.theirs.client("iam"), f"role-{len(self.theirs.client('iam').list_roles()['Roles'])}"
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{THEIRS}:root"}, "Action": "sts:AssumeRole"}
        made = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )["Role"]
        assert made["Arn"] == f"arn:aws:iam::{THEIRS}:role/{name}"
        if actions:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document)
        session = self.theirs.client("sts").assume_role(RoleArn=made["Arn"], RoleSessionName="test")["Credentials"]
        credentials = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }
        return Aws(self._emulator.endpoint_url, REGION, credentials)


@pytest.fixture(scope="module")
def accounts() -> Iterator[Accounts]:
    with Emulator() as emulator:
        yield Accounts(emulator)


def let_in(account_id: str, action: str = "sns:Publish") -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"}, "Action": action}


def encrypting(account_id: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
    }


def publish(aws: Aws, topic_arn: str) -> str:
    try:
        return str(bool(aws.client("sns").publish(TopicArn=topic_arn, Message="order")["MessageId"]))
    except ClientError as error:
        return error.response["Error"]["Message"]


def test_who_is_let_in_and_may_publishes(accounts: Accounts) -> None:
    topic = accounts.topic(let_in(THEIRS))
    assert publish(accounts.role("sns:Publish"), topic) == "True"


def test_the_topics_policy_alone_is_not_enough(accounts: Accounts) -> None:
    said = publish(accounts.role(), accounts.topic(let_in(THEIRS)))
    assert "because no identity-based policy allows the SNS:Publish action" in said


def test_the_callers_policies_alone_are_not_enough(accounts: Accounts) -> None:
    said = publish(accounts.role("sns:Publish"), accounts.topic(let_in("777788889999")))
    assert "because no resource-based policy allows the SNS:Publish action" in said
    assert "because no resource-based policy" in publish(accounts.theirs, accounts.topic())


def test_the_key_has_to_let_the_other_account_in_too(accounts: Accounts) -> None:
    locked = accounts.topic(let_in(THEIRS), key_statements=[])
    open_to_them = accounts.topic(let_in(THEIRS), key_statements=[encrypting(THEIRS)])
    may = accounts.role("sns:Publish", "kms:GenerateDataKey", "kms:Decrypt")

    assert "kms:" in publish(may, locked)
    assert publish(may, open_to_them) == "True"
    assert "kms:" in publish(accounts.role("sns:Publish"), open_to_them)


def test_what_an_account_makes_is_its_own(accounts: Accounts) -> None:
    accounts.theirs.client("sqs").create_queue(QueueName="theirs")
    assert accounts.theirs.client("sts").get_caller_identity()["Account"] == THEIRS
    assert "theirs" not in str(accounts.ours.client("sqs").list_queues())
    with pytest.raises(ClientError, match="AccessDenied"):
        accounts.theirs.client("sqs").send_message(
            QueueUrl=accounts.ours.client("sqs").create_queue(QueueName="ours")["QueueUrl"], MessageBody="x"
        )


def test_cloudwatch_knows_how_many_groups_are_in_flight(accounts: Accounts) -> None:
    sqs = accounts.ours.client("sqs")
    url = sqs.create_queue(QueueName="g.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for number, group in enumerate(("a", "a", "b", "c")):
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId=group, MessageDeduplicationId=str(number))
    assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3)["Messages"]) == 3

    found = accounts.ours.client("cloudwatch").list_metrics(
        Namespace="AWS/SQS", MetricName="ApproximateNumberOfGroupsWithInflightMessages"
    )
    assert [metric["Dimensions"] for metric in found["Metrics"]] == [[{"Name": "QueueName", "Value": "g.fifo"}]]
    assert value(accounts, "ApproximateNumberOfGroupsWithInflightMessages") == 2
    assert value(accounts, "ApproximateNumberOfMessagesNotVisible") == 3
    assert value(accounts, "ApproximateNumberOfMessagesVisible") == 1
    assert 0 <= value(accounts, "ApproximateAgeOfOldestMessage") < 60


def value(accounts: Accounts, name: str) -> float:
    now = datetime.now(UTC)
    answer = accounts.ours.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName=name,
        Dimensions=[{"Name": "QueueName", "Value": "g.fifo"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Maximum"],
    )
    return answer["Datapoints"][-1]["Maximum"]
