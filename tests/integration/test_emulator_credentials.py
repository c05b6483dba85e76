"""Who calls: the root, users, role sessions; signatures, expiry, and who may assume a role."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from local.emulator import Emulator
from tests.support.emulator import ACCOUNT, ECS_TRUST, REGION, Cloud, allow, environment, policy, refused


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


def test_iam_users_are_callers_too(cloud: Cloud) -> None:
    url, arn = cloud.queue()
    iam, name = cloud.admin("iam"), cloud.name("ann")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    sqs = cloud.client("sqs", environment({**key, "SessionToken": None}))
    assert refused(sqs.receive_message, QueueUrl=url)[0] == "AccessDenied"
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(allow("sqs:ReceiveMessage", arn)))
    sqs.receive_message(QueueUrl=url)


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
    assert refused(cloud.client("sqs", wrong_token).receive_message, QueueUrl=url)[0] == "InvalidClientTokenId"
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
def test_a_trust_policy_with_ecs_s_conditions(cloud: Cloud, source_arn: str, account: str, allowed: bool) -> None:
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
