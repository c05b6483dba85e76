"""The policies of a pipeline's key, bucket, repository and topic, to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.pipeline_documents import (
    ACCOUNT,
    BUCKET_ARN,
    KEY_ARN,
    OTHER_ACCOUNT,
    PULL,
    TARGET_ROLE_ARN,
    TOPIC_ARN,
)
from worker_service.policies import pipeline_resources as policies


def allow(sid: str, action: Any, resource: Any, **elements: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource, **elements}


REFUSE_PLAIN_HTTP = {"Sid": "RefusePlainHttp", "Effect": "Deny", "Principal": "*"}

PLAIN_HTTP = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def test_the_keys_policy_to_the_letter():
    policy = policies.key_policy(key_arn=KEY_ARN, artifact_reader_arns=[TARGET_ROLE_ARN], publishes_events=True)

    assert policy["Statement"] == [
        allow("AccountPoliciesDecide", "kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        allow("ReadArtifacts", "kms:Decrypt", "*", Principal={"AWS": [TARGET_ROLE_ARN]}),
        allow(
            "PublishFailures",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            "*",
            Principal={"Service": "events.amazonaws.com"},
        ),
    ]


def test_a_key_that_nobody_else_uses_is_the_accounts_alone():
    policy = policies.key_policy(key_arn=KEY_ARN, artifact_reader_arns=[], publishes_events=False)

    assert [statement["Sid"] for statement in policy["Statement"]] == ["AccountPoliciesDecide"]


@pytest.mark.parametrize("readers", [[], [TARGET_ROLE_ARN]])
def test_the_buckets_policy_to_the_letter(readers: list[str]):
    reading = allow(
        "ReadArtifacts",
        ["s3:GetObject", "s3:GetObjectVersion"],
        f"{BUCKET_ARN}/*",
        Principal={"AWS": [TARGET_ROLE_ARN]},
    )
    refusing = {**REFUSE_PLAIN_HTTP, "Action": "s3:*", "Resource": [BUCKET_ARN, f"{BUCKET_ARN}/*"], **PLAIN_HTTP}

    policy = policies.bucket_policy(bucket_arn=BUCKET_ARN, artifact_reader_arns=readers)
    assert policy["Statement"] == ([reading] if readers else []) + [refusing]


def test_the_repositorys_policy_to_the_letter():
    policy = policies.repository_policy(key_arn=KEY_ARN, account_ids=[OTHER_ACCOUNT, "333344445555"])

    assert policy["Statement"] == [
        {
            "Sid": "PullFromEnvironmentAccounts",
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{OTHER_ACCOUNT}:root", "arn:aws:iam::333344445555:root"]},
            "Action": PULL,
        }
    ]


def test_the_notices_policy_to_the_letter():
    assert policies.notification_topic_policy(topic_arn=TOPIC_ARN)["Statement"] == [
        allow("PublishFailures", "sns:Publish", TOPIC_ARN, Principal={"Service": "events.amazonaws.com"}),
        {**REFUSE_PLAIN_HTTP, "Action": "sns:Publish", "Resource": TOPIC_ARN, **PLAIN_HTTP},
    ]
