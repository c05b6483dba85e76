"""A role may do what its policies and the resources' policies allow, and is refused as on AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator import ADMIN_CREDENTIALS, Emulator
from tests.support.emulator import ACCOUNT, ECS_TRUST, REGION, Cloud, allow, environment, policy, refused

CONSUME = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


def test_a_role_does_exactly_what_its_policy_names(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    sqs = cloud.as_role("sqs", allow([*CONSUME, "sqs:GetQueueUrl"], arn))
    for _ in range(2):
        cloud.admin("sqs").send_message(QueueUrl=url, MessageBody="order")

    first, second = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=60)
    entry = {"Id": "1", "ReceiptHandle": second["ReceiptHandle"]}
    extended = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{**entry, "VisibilityTimeout": 60}])
    assert [success["Id"] for success in extended["Successful"]] == ["1"]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=[entry])
    assert [success["Id"] for success in deleted["Successful"]] == ["1"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"] == {"QueueArn": arn}
    assert sqs.get_queue_url(QueueName=url.rsplit("/", 1)[-1])["QueueUrl"] == url
    assert cloud.counts(url) == (0, 0, 0)

    code, status, message = refused(sqs.send_message, QueueUrl=url, MessageBody="order")
    assert (code, status) == ("AccessDenied", 403)
    caller = cloud.client("sts", _credentials(sqs)).get_caller_identity()["Arn"]
    assert message == (
        f"User: {caller} is not authorized to perform: sqs:sendmessage on resource: {arn} "
        "because no identity-based policy allows the sqs:sendmessage action"
    )
    assert cloud.emulator.denials[-1].action == "sqs:SendMessage"
    assert cloud.emulator.denials[-1].resource == arn


def _credentials(client: Any) -> dict[str, str]:
    credentials = client._request_signer._credentials
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token,
    }


Batch = Callable[[Any, str], Any]


@pytest.mark.parametrize(
    ("action", "call"),
    [
        (
            "sqs:SendMessage",
            lambda sqs, url: sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "x"}]),
        ),
        (
            "sqs:DeleteMessage",
            lambda sqs, url: sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "x"}]),
        ),
        (
            "sqs:ChangeMessageVisibility",
            lambda sqs, url: sqs.change_message_visibility_batch(
                QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "x", "VisibilityTimeout": 1}]
            ),
        ),
    ],
)
def test_a_batch_is_authorised_as_its_single_action(cloud: Cloud, action: str, call: Batch) -> None:
    url, arn = cloud.queue()
    call(cloud.as_role("sqs", allow(action, arn)), url)
    code, _, _ = refused(call, sqs=cloud.as_role("sqs", allow("sqs:GetQueueUrl", arn)), url=url)
    assert code == "AccessDenied"


def test_the_resource_counts(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    code, _, _ = refused(cloud.as_role("sqs", allow("sqs:*", arn + "-other")).receive_message, QueueUrl=url)
    assert code == "AccessDenied"
    explicit = {"Effect": "Deny", "Action": "sqs:Receive*", "Resource": arn}
    _, _, message = refused(cloud.as_role("sqs", allow("*", "*"), explicit).receive_message, QueueUrl=url)
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_publish_and_its_batch(cloud: Cloud) -> None:
    topic = cloud.topic()
    entries = [{"Id": "1", "Message": "order"}]
    publisher = cloud.as_role("sns", allow("sns:Publish", topic))
    publisher.publish(TopicArn=topic, Message="order")
    assert len(publisher.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"]) == 1
    stranger = cloud.as_role("sns", allow("sns:Publish", cloud.topic()))
    code, status, message = refused(stranger.publish, TopicArn=topic, Message="order")
    assert (code, status) == ("AuthorizationError", 403)
    assert f"is not authorized to perform: SNS:Publish on resource: {topic}" in message
    assert refused(stranger.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == code


def test_attached_policies_boundaries_and_session_policies(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    iam = cloud.admin("iam")
    may_receive = iam.create_policy(
        PolicyName=cloud.name("receive"), PolicyDocument=policy(allow("sqs:ReceiveMessage", arn))
    )["Policy"]["Arn"]
    attached = cloud.role()
    iam.attach_role_policy(RoleName=attached.rsplit("/", 1)[-1], PolicyArn=may_receive)
    cloud.client("sqs", cloud.emulator.task_credentials(attached)).receive_message(QueueUrl=url)

    bounded = cloud.role(allow("sqs:*", arn))
    iam.put_role_permissions_boundary(RoleName=bounded.rsplit("/", 1)[-1], PermissionsBoundary=may_receive)
    sqs = cloud.client("sqs", cloud.emulator.task_credentials(bounded))
    sqs.receive_message(QueueUrl=url)
    _, _, message = refused(sqs.send_message, QueueUrl=url, MessageBody="order")
    assert message.endswith("because no permissions boundary allows the sqs:sendmessage action")

    role = cloud.role(allow("sqs:*", arn), trust={**ECS_TRUST, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}})
    session = cloud.admin("sts").assume_role(
        RoleArn=role, RoleSessionName="narrow", Policy=policy(allow("sqs:ReceiveMessage", arn))
    )["Credentials"]
    sqs = cloud.client("sqs", environment(session))
    sqs.receive_message(QueueUrl=url)
    _, _, message = refused(sqs.send_message, QueueUrl=url, MessageBody="order")
    assert message.endswith("because no session policy allows the sqs:sendmessage action")


@pytest.mark.parametrize("transport", ["false", "true"])
def test_a_tls_only_queue_policy_refuses_plain_http_even_to_root(cloud: Cloud, transport: str) -> None:
    url, arn = cloud.queue()
    cloud.admin("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy({**TLS_ONLY, "Resource": arn})})
    header = {"X-Box-Secure-Transport": transport}
    for client in (
        cloud.as_role("sqs", allow("sqs:*", arn), **header),
        cloud.client("sqs", ADMIN_CREDENTIALS, **header),
    ):
        if transport == "true":
            client.send_message(QueueUrl=url, MessageBody="order")
            continue
        code, status, message = refused(client.send_message, QueueUrl=url, MessageBody="order")
        assert (code, status) == ("AccessDenied", 403)
        assert message.endswith("with an explicit deny in a resource-based policy")


def test_a_queue_policy_alone_lets_a_role_in(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    role = cloud.role()
    sqs = cloud.client("sqs", cloud.emulator.task_credentials(role))
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="order")[0] == "AccessDenied"
    grant = allow("sqs:SendMessage", arn, Principal={"AWS": role})
    cloud.admin("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(grant)})
    sqs.send_message(QueueUrl=url, MessageBody="order")
    cloud.admin("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    sqs.send_message(QueueUrl=url, MessageBody="order")
    cloud.admin("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="order")[0] == "AccessDenied"


def test_other_services_are_judged_by_action(cloud: Cloud) -> None:
    ecs = cloud.as_role("ecs", allow("ecs:ListClusters", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/*"))
    assert ecs.list_clusters()["clusterArns"] == []
    code, status, _ = refused(ecs.create_cluster, clusterName="c")
    assert (code, status) == ("AccessDeniedException", 400)
    assert refused(cloud.as_role("iam").list_roles)[:2] == ("AccessDenied", 403)
    assert refused(cloud.as_role("ec2").describe_vpcs)[:2] == ("UnauthorizedOperation", 403)
    assert refused(cloud.as_role("s3").list_buckets)[:2] == ("AccessDenied", 403)
    assert refused(cloud.as_role("cloudwatch").list_metrics)[0] == "AccessDeniedException"
    assert (
        cloud.as_role("cloudwatch", allow("cloudwatch:ListMetrics", "*")).list_metrics(Namespace="none")["Metrics"]
        == []
    )


def test_a_policy_that_cannot_be_judged_is_an_error_and_not_a_guess(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    condition = {"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}
    with pytest.raises(ClientError, match="the emulator can't judge the condition operator NumericLessThan"):
        cloud.as_role("sqs", allow("sqs:*", arn, Condition=condition)).receive_message(QueueUrl=url)


def test_a_refused_call_changes_nothing(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    cloud.admin("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"order": 1}))
    refused(cloud.as_role("sqs", allow("sqs:ReceiveMessage", arn)).purge_queue, QueueUrl=url)
    refused(cloud.as_role("sqs", allow("sqs:SendMessage", arn)).receive_message, QueueUrl=url)
    assert cloud.counts(url) == (1, 0, 0)
