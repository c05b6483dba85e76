"""The emulated account for tests: clients, roles with policies, queues and topics, each with its own name."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.emulator.sqs.message_store import MessageStore
from worker_ops.account import Account

REGION = "eu-west-1"
ACCOUNT = "123456789012"
ECS_TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
_SESSION = boto3.Session()  # one for all clients: it keeps the services' models, which are slow to load
_CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=60)


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | list[str], resource: str | list[str], **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **elements}


class Cloud:
    """A running emulator and short ways to make things in it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._numbers = itertools.count(1)
        self._clients: dict[str, Any] = {}

    def name(self, stem: str) -> str:
        return f"{stem}-{next(self._numbers)}"

    def client(self, service: str, credentials: Mapping[str, str] = ADMIN_CREDENTIALS, **headers: str) -> Any:
        client = _SESSION.client(
            service,
            endpoint_url=self.emulator.endpoint_url,
            region_name=REGION,
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=credentials.get("AWS_SESSION_TOKEN"),
            config=_CONFIG if service != "s3" else Config(signature_version="s3v4"),
        )
        if headers:
            add = lambda request, **_: [  # noqa: E731
                request.headers.add_header(name, value) for name, value in headers.items()
            ]
            client.meta.events.register("before-sign.*.*", add)
        return client

    def admin(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.client(service)
        return self._clients[service]

    def operator(self) -> Account:
        """The account as an operator's commands see it, with every right."""
        credentials = {name.lower(): value for name, value in ADMIN_CREDENTIALS.items()}
        return Account(region=REGION, endpoint_url=self.emulator.endpoint_url, credentials=credentials)

    def role(self, *statements: Mapping[str, Any], trust: Mapping[str, Any] = ECS_TRUST) -> str:
        name = self.name("worker")
        iam = self.admin("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="worker", PolicyDocument=policy(*statements))
        return arn

    def as_role(self, service: str, *statements: Mapping[str, Any], **headers: str) -> Any:
        return self.client(service, self.emulator.task_credentials(self.role(*statements)), **headers)

    def queue(self, stem: str = "orders", **attributes: str) -> tuple[str, str]:
        """The URL and the ARN of a new queue."""
        name = self.name(stem) + (".fifo" if attributes.get("FifoQueue") else "")
        url = self.admin("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def subscribed_queue(self, topic_arn: str, **attributes: str) -> str:
        """The URL of a new queue that the topic may send to."""
        url, arn = self.queue(**attributes)
        self.admin("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": topic_policy(arn, topic_arn)})
        self.admin("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        return url

    def topic(self, **attributes: str) -> str:
        name = self.name("orders") + (".fifo" if attributes.get("FifoTopic") else "")
        return self.admin("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]

    def receive(self, url: str, **parameters: Any) -> list[dict[str, Any]]:
        answer = self.admin("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, **parameters)
        return answer.get("Messages", [])

    def counts(self, url: str) -> tuple[int, int, int]:
        """Visible, in flight, delayed."""
        names = ["", "NotVisible", "Delayed"]
        attributes = self.admin("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=[f"ApproximateNumberOfMessages{name}" for name in names]
        )["Attributes"]
        visible, in_flight, delayed = (int(attributes[f"ApproximateNumberOfMessages{name}"]) for name in names)
        return visible, in_flight, delayed


def topic_policy(queue_arn: str, topic_arn: str) -> str:
    """A queue policy that lets SNS in, from one topic."""
    condition = {"ArnEquals": {"aws:SourceArn": topic_arn}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    return policy(allow("sqs:SendMessage", queue_arn, Principal={"Service": "sns.amazonaws.com"}, Condition=condition))


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    """The error code, the HTTP status and the message of a call that AWS refuses."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return (
        response["Error"]["Code"],
        response["ResponseMetadata"]["HTTPStatusCode"],
        response["Error"]["Message"],
    )


@contextmanager
def short_polls() -> Iterator[None]:
    """No receive waits: whoever looks through a queue asks until an answer is empty, and nobody sends meanwhile."""
    receive = MessageStore.receive
    with mock.patch.object(MessageStore, "receive", lambda store, count, _, accept: receive(store, count, 0, accept)):
        yield


def wait_until(condition: Callable[[], Any], deadline_seconds: float = 30) -> Any:
    """The condition's first true answer."""
    end = time.monotonic() + deadline_seconds
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"not true within {deadline_seconds} s")


def environment(credentials: dict[str, Any]) -> dict[str, str]:
    """Credentials from an API's answer as environment variables."""
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
