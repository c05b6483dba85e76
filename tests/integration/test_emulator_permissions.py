"""A role may do what its policies and the resources' policies allow, and is refused as on AWS."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator import ADMIN_CREDENTIALS, Emulator
from tests.support.emulator import ACCOUNT, ECS_TRUST, REGION, Cloud, allow, policy, refused

ROOT_KEY_POLICY = allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
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
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"] == {
        "QueueArn": arn
    }
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
            lambda sqs, url: sqs.delete_message_batch(
                QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "x"}]
            ),
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

    role = cloud.role(
        allow("sqs:*", arn), trust={**ECS_TRUST, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    )
    session = cloud.admin("sts").assume_role(
        RoleArn=role, RoleSessionName="narrow", Policy=policy(allow("sqs:ReceiveMessage", arn))
    )["Credentials"]
    sqs = cloud.client("sqs", _environment(session))
    sqs.receive_message(QueueUrl=url)
    _, _, message = refused(sqs.send_message, QueueUrl=url, MessageBody="order")
    assert message.endswith("because no session policy allows the sqs:sendmessage action")


def _environment(credentials: dict[str, Any]) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def test_iam_users_are_callers_too(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    iam, name = cloud.admin("iam"), cloud.name("ann")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    sqs = cloud.client("sqs", _environment({**key, "SessionToken": None}))
    assert refused(sqs.receive_message, QueueUrl=url)[0] == "AccessDenied"
    iam.put_user_policy(
        UserName=name, PolicyName="p", PolicyDocument=policy(allow("sqs:ReceiveMessage", arn))
    )
    sqs.receive_message(QueueUrl=url)


@pytest.mark.parametrize("transport", ["false", "true"])
def test_a_tls_only_queue_policy_refuses_plain_http_even_to_root(cloud: Cloud, transport: str) -> None:
    url, arn = cloud.queue()
    cloud.admin("sqs").set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": policy({**TLS_ONLY, "Resource": arn})}
    )
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


def key_of(cloud: Cloud, *statements: dict[str, Any]) -> str:
    return cloud.admin("kms").create_key(Policy=policy(*statements))["KeyMetadata"]["Arn"]


def test_an_encrypted_queue_needs_its_key(cloud: Cloud) -> None:
    key = key_of(cloud, ROOT_KEY_POLICY)
    url, arn = cloud.queue(KmsMasterKeyId=key)
    both = ["kms:GenerateDataKey", "kms:Decrypt"]
    cloud.as_role("sqs", allow("sqs:*", arn), allow(both, key)).send_message(
        QueueUrl=url, MessageBody="order"
    )
    cloud.as_role("sqs", allow("sqs:*", arn), allow("kms:Decrypt", key)).receive_message(QueueUrl=url)

    without = cloud.as_role("sqs", allow("sqs:*", arn))
    code, status, message = refused(without.receive_message, QueueUrl=url)
    assert (code, status) == ("KMS.AccessDeniedException", 400)
    assert f"is not authorized to perform: kms:Decrypt on resource: {key}" in message
    reader = cloud.as_role("sqs", allow("sqs:*", arn), allow("kms:Decrypt", key))
    code, _, message = refused(reader.send_message, QueueUrl=url, MessageBody="order")
    assert code == "KMS.AccessDeniedException"
    assert "kms:GenerateDataKey" in message


def test_a_key_policy_that_does_not_delegate_ignores_identity_policies(cloud: Cloud) -> None:
    role = cloud.role(allow("kms:*", "*"))
    admin_only = allow(
        ["kms:Create*", "kms:Put*", "kms:Describe*"], "*", Principal=ROOT_KEY_POLICY["Principal"]
    )
    closed = key_of(cloud, admin_only)
    kms = cloud.client("kms", cloud.emulator.task_credentials(role))
    code, status, message = refused(kms.encrypt, KeyId=closed, Plaintext=b"x")
    assert (code, status) == ("AccessDeniedException", 400)
    assert message.endswith("because no resource-based policy allows the kms:Encrypt action")
    named = key_of(cloud, admin_only, allow(["kms:Encrypt", "kms:Decrypt"], "*", Principal={"AWS": role}))
    blob = kms.encrypt(KeyId=named, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_kms_via_service_condition(cloud: Cloud) -> None:
    key = key_of(cloud, ROOT_KEY_POLICY)
    url, arn = cloud.queue(KmsMasterKeyId=key)
    via = {"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}}
    role = cloud.role(allow("sqs:ReceiveMessage", arn), allow("kms:Decrypt", key, Condition=via))
    credentials = cloud.emulator.task_credentials(role)
    cloud.client("sqs", credentials).receive_message(QueueUrl=url)
    blob = cloud.admin("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert (
        refused(cloud.client("kms", credentials).decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"
    )


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda kms, key: kms.disable_key(KeyId=key), "KMS.DisabledException"),
        (lambda kms, key: kms.schedule_key_deletion(KeyId=key), "KMS.InvalidStateException"),
    ],
)
def test_a_queue_whose_key_is_unusable(cloud: Cloud, spoil: Callable[[Any, str], Any], code: str) -> None:
    key = key_of(cloud, ROOT_KEY_POLICY)
    url, _ = cloud.queue(KmsMasterKeyId=key)
    spoil(cloud.admin("kms"), key.rsplit("/", 1)[-1])
    assert refused(cloud.admin("sqs").receive_message, QueueUrl=url)[:2] == (code, 400)
    missing, _ = cloud.queue(KmsMasterKeyId="alias/no-such-key")
    assert refused(cloud.admin("sqs").receive_message, QueueUrl=missing)[0] == "KMS.NotFoundException"


def test_an_encrypted_topic_needs_its_key(cloud: Cloud) -> None:
    key = key_of(cloud, ROOT_KEY_POLICY)
    topic = cloud.topic(KmsMasterKeyId=key)
    publisher = cloud.as_role("sns", allow("sns:Publish", topic))
    assert refused(publisher.publish, TopicArn=topic, Message="order")[:2] == ("KMSAccessDenied", 400)
    trusted = cloud.as_role(
        "sns", allow("sns:Publish", topic), allow(["kms:GenerateDataKey*", "kms:Decrypt"], key)
    )
    trusted.publish(TopicArn=topic, Message="order")


def test_other_services_are_judged_by_action(cloud: Cloud) -> None:
    ecs = cloud.as_role("ecs", allow("ecs:ListClusters", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/*"))
    assert ecs.list_clusters()["clusterArns"] == []
    code, status, _ = refused(ecs.create_cluster, clusterName="c")
    assert (code, status) == ("AccessDeniedException", 400)
    assert refused(cloud.as_role("iam").list_roles)[:2] == ("AccessDenied", 403)
    assert refused(cloud.as_role("ec2").describe_vpcs)[:2] == ("UnauthorizedOperation", 403)
    assert refused(cloud.as_role("s3").list_buckets)[:2] == ("AccessDenied", 403)
    assert refused(cloud.as_role("cloudwatch").list_metrics)[0] == "AccessDeniedException"
    assert cloud.as_role("cloudwatch", allow("cloudwatch:ListMetrics", "*")).list_metrics()["Metrics"] == []


def test_everybody_may_ask_who_they_are(cloud: Cloud) -> None:
    role = cloud.role()
    identity = cloud.client("sts", cloud.emulator.task_credentials(role)).get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert identity["Arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rsplit('/', 1)[-1]}/")
    assert cloud.admin("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_credentials_that_are_no_good(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    good = cloud.emulator.task_credentials(cloud.role(allow("sqs:*", arn)))
    expired = cloud.emulator.task_credentials(cloud.role(allow("sqs:*", arn)), duration_seconds=0)
    cases = {
        "InvalidClientTokenId": {**good, "AWS_ACCESS_KEY_ID": "ASIAUNKNOWN000000000"},
        "SignatureDoesNotMatch": {**good, "AWS_SECRET_ACCESS_KEY": "wrong"},
        "ExpiredToken": expired,
    }
    for code, credentials in cases.items():
        assert refused(cloud.client("sqs", credentials).receive_message, QueueUrl=url)[:2] == (code, 403)
    wrong_token = {**good, "AWS_SESSION_TOKEN": "wrong"}
    assert (
        refused(cloud.client("sqs", wrong_token).receive_message, QueueUrl=url)[0] == "InvalidClientTokenId"
    )
    assert refused(cloud.client("ecs", expired).list_clusters)[:2] == ("ExpiredTokenException", 400)
    assert refused(cloud.client("sns", expired).list_topics)[:2] == ("ExpiredToken", 403)


def test_a_trust_policy_decides_who_assumes_a_role(cloud: Cloud) -> None:
    with pytest.raises(PermissionError, match="is not authorized to perform: sts:AssumeRole"):
        cloud.emulator.task_credentials(
            cloud.role(trust={**ECS_TRUST, "Principal": {"Service": "lambda.amazonaws.com"}})
        )
    with pytest.raises(PermissionError, match="no-such-role"):
        cloud.emulator.task_credentials(f"arn:aws:iam::{ACCOUNT}:role/no-such-role")
    with pytest.raises(PermissionError, match="no-arn"):
        cloud.emulator.task_credentials("no-arn")

    ecs_only = cloud.role()
    code, status, _ = refused(cloud.admin("sts").assume_role, RoleArn=ecs_only, RoleSessionName="root")
    assert (code, status) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    ("source_arn", "account", "allowed"),
    [
        (f"arn:aws:ecs:{REGION}:{ACCOUNT}:*", ACCOUNT, True),
        (f"arn:aws:ecs:{REGION}:{ACCOUNT}:*", "210987654321", False),
        (f"arn:aws:ecs:us-west-2:{ACCOUNT}:*", ACCOUNT, False),
    ],
)
def test_a_trust_policy_with_ecs_s_conditions(
    cloud: Cloud, source_arn: str, account: str, allowed: bool
) -> None:
    condition = {"ArnLike": {"aws:SourceArn": source_arn}, "StringEquals": {"aws:SourceAccount": account}}
    role = cloud.role(trust={**ECS_TRUST, "Condition": condition})
    cloud.admin("ecs").register_task_definition(
        family=cloud.name("worker"),
        taskRoleArn=role,
        containerDefinitions=[{"name": "worker", "image": "x", "memory": 128}],
    )
    if allowed:
        assert set(cloud.emulator.task_credentials(role)) == {
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        }
    else:
        with pytest.raises(PermissionError):
            cloud.emulator.task_credentials(role)


def test_a_policy_that_cannot_be_judged_is_an_error_and_not_a_guess(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    condition = {"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}
    with pytest.raises(ClientError, match="the emulator can't judge the condition operator NumericLessThan"):
        cloud.as_role("sqs", allow("sqs:*", arn, Condition=condition)).receive_message(QueueUrl=url)


def test_s3_signatures_with_odd_keys_and_presigned_urls(cloud: Cloud) -> None:
    s3, bucket = cloud.admin("s3"), cloud.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    key = "a b/ü+%=&.txt"
    s3.put_object(Bucket=bucket, Key=key, Body=b"content")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"content"
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="a b/")["Contents"]] == [key]

    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key})
    with urllib.request.urlopen(url) as answer:  # noqa: S310 (the emulator's own URL)
        assert answer.read() == b"content"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=9999"))  # noqa: S310


def test_a_refused_call_changes_nothing(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    cloud.admin("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"order": 1}))
    refused(cloud.as_role("sqs", allow("sqs:ReceiveMessage", arn)).purge_queue, QueueUrl=url)
    refused(cloud.as_role("sqs", allow("sqs:SendMessage", arn)).receive_message, QueueUrl=url)
    assert cloud.counts(url) == (1, 0, 0)


def test_kms_calls_on_no_ciphertext_are_left_to_kms(cloud: Cloud) -> None:
    blob = base64.b64encode(b"nonsense")
    assert refused(cloud.admin("kms").decrypt, CiphertextBlob=blob)[0] != "InternalFailure"
