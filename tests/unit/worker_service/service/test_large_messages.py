"""The bucket of large messages, made where it is asked for, for the task role alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.worker_service import container, deployed, document, problems_of

BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ASKED = {"keep_days": 30}
LONGEST = {"message_retention_seconds": 1_209_600}


def variables(**args: Any) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container(deployed(**args))["environment"]}


def outputs(**args: Any) -> dict[str, Any]:
    deployment = deployed(**args)
    return deployment.outputs_of(deployment.result)


def rights(**args: Any) -> dict[str, Any]:
    policy = document(deployed(**args), "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")
    return {each["Sid"]: (each["Action"], each["Resource"]) for each in policy["Statement"]}


def test_there_is_no_bucket_unless_it_is_asked_for():
    assert deployed().all(BUCKET) == []
    assert "WORKER_LARGE_MESSAGES" not in variables()
    assert outputs()["large_messages_bucket_name"] == ""
    assert "UseLargeMessages" not in rights()


def test_the_container_and_publishers_know_its_name():
    name = outputs(large_messages=ASKED)["large_messages_bucket_name"]

    assert name.startswith("orders-large-messages-")
    said = json.loads(variables(large_messages=ASKED)["WORKER_LARGE_MESSAGES"])
    assert said == {"bucket": name, "over_bytes": 262_144, "delete": True}


@pytest.mark.parametrize("delete", [True, False])
def test_the_task_role_may_use_its_objects_and_nothing_else(delete: bool):
    asked = {**ASKED, "delete": delete}
    arn = f"arn:aws:s3:::{outputs(large_messages=asked)['large_messages_bucket_name']}"

    granted = rights(large_messages=asked)
    deleting = ["s3:DeleteObject"] if delete else []
    assert granted["UseLargeMessages"] == (["s3:GetObject", "s3:PutObject", *deleting], f"{arn}/*")
    assert granted["FindLargeMessages"] == ("s3:ListBucket", arn)


def test_it_is_private_and_closed_to_plain_http():
    deployment = deployed(large_messages=ASKED)
    access = deployment.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs

    assert {key: access[key] for key in access if key != "bucket"} == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    arn = f"arn:aws:s3:::{deployment.outputs_of(deployment.result)['large_messages_bucket_name']}"
    policy = document(deployment, "aws:s3/bucketPolicy:BucketPolicy", "orders-large-messages-policy")
    [refusal] = policy["Statement"]
    assert (refusal["Effect"], refusal["Action"], refusal["Resource"]) == ("Deny", "s3:*", [arn, f"{arn}/*"])
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_it_is_encrypted_as_the_queues_are():
    deployment = deployed(large_messages=ASKED)
    key = deployment.outputs_of(deployment.result)["kms_key_arn"]
    assert deployment.one(ENCRYPTION).inputs["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key},
            "bucketKeyEnabled": True,
        }
    ]
    managed = deployed(large_messages=ASKED, encryption="managed").one(ENCRYPTION)
    assert managed.inputs["rules"] == [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]


def test_what_nobody_handles_expires():
    [rule] = (
        deployed(large_messages=ASKED)
        .one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
        .inputs["rules"]
    )

    assert rule["expiration"] == {"days": 30}
    assert rule["status"] == "Enabled"


def test_it_is_as_protected_as_the_queues():
    assert deployed(large_messages=ASKED).one(BUCKET).protect is True
    unprotected = deployed(large_messages=ASKED, protect=False).one(BUCKET)
    assert unprotected.protect is not True
    assert unprotected.inputs["forceDestroy"] is True


def test_every_problem_is_named():
    assert problems_of(large_messages={"keep_days": 14, "over_bytes": 262_145, "keep": 1}) == [
        "large_messages.keep: unknown; did you mean keep_days?",
        "large_messages.keep_days: 14 is not a whole number from 15 to 3650",
        "large_messages.over_bytes: 262145 is not a whole number from 0 to 262144",
    ]


@pytest.mark.parametrize(("queues", "queue", "least"), [({}, "main", 18), ({"slow": LONGEST}, "slow", 28)])
def test_bodies_outlast_messages_that_are_rejected_at_their_last_moment(queues: dict[str, Any], queue: str, least: int):
    told = (
        f"large_messages.keep_days: {least - 1} is below {least}, the days that a message may be in queue {queue} and"
        " then in its dead-letter queue; its body would be gone before it"
    )
    assert problems_of(large_messages={"keep_days": least - 1}, queues=queues)[-1] == told
    assert deployed(large_messages={"keep_days": least}, queues=queues).all(BUCKET)
