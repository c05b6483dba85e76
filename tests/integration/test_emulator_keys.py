"""An encrypted queue or topic needs its key, which its own policy guards."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.emulator import Emulator
from tests.support.emulator import ACCOUNT, REGION, Cloud, allow, policy, refused

ROOT_KEY_POLICY = allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


def key_of(cloud: Cloud, *statements: dict[str, Any]) -> str:
    return cloud.admin("kms").create_key(Policy=policy(*statements))["KeyMetadata"]["Arn"]


def test_an_encrypted_queue_needs_its_key(cloud: Cloud) -> None:
    key = key_of(cloud, ROOT_KEY_POLICY)
    url, arn = cloud.queue(KmsMasterKeyId=key)
    both = ["kms:GenerateDataKey", "kms:Decrypt"]
    cloud.as_role("sqs", allow("sqs:*", arn), allow(both, key)).send_message(QueueUrl=url, MessageBody="order")
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
    admin_only = allow(["kms:Create*", "kms:Put*", "kms:Describe*"], "*", Principal=ROOT_KEY_POLICY["Principal"])
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
    assert refused(cloud.client("kms", credentials).decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"


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
    trusted = cloud.as_role("sns", allow("sns:Publish", topic), allow(["kms:GenerateDataKey*", "kms:Decrypt"], key))
    trusted.publish(TopicArn=topic, Message="order")


def test_kms_calls_on_no_ciphertext_are_left_to_kms(cloud: Cloud) -> None:
    blob = base64.b64encode(b"nonsense")
    assert refused(cloud.admin("kms").decrypt, CiphertextBlob=blob)[0] != "InternalFailure"
