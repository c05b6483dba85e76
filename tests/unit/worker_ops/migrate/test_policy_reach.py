"""What one role may and another may not, by their policies alone."""

from __future__ import annotations

from typing import Any

import pytest

from worker_ops.migrate.both_sides.policy_reach import Right, has_exceptions, lets_service, rights_of

KEY_USE = ("kms:GenerateDataKey", "kms:Decrypt")


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_what_is_allowed_is_each_action_on_each_resource_once():
    allowing = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["a", "b"]}
    again = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "a"}
    denying = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}

    assert rights_of([document(allowing, again, denying), {"Statement": again}]) == [
        Right("s3:GetObject", "a"),
        Right("s3:GetObject", "b"),
        Right("s3:PutObject", "a"),
        Right("s3:PutObject", "b"),
    ]


@pytest.mark.parametrize(
    ("right", "other", "is_within"),
    [
        (Right("s3:GetObject", "arn:b/1"), Right("s3:GetObject", "arn:b/1"), True),
        (Right("s3:getobject", "arn:b/1"), Right("S3:Get*", "arn:b/*"), True),
        (Right("s3:Get*", "arn:b/*"), Right("s3:*", "*"), True),
        (Right("s3:*", "*"), Right("s3:Get*", "*"), False),
        (Right("s3:GetObject", "*"), Right("s3:GetObject", "arn:b/*"), False),
        (Right("s3:GetObject", "arn:B/1"), Right("s3:GetObject", "arn:b/1"), False),
        (Right("s3:GetObject", "arn:b/12"), Right("s3:GetObject", "arn:b/?"), False),
        (Right("s3:GetObject", "arn:b/*"), Right("s3:GetObject", "arn:b/?"), False),
        (Right("s3:GetObject", "arn:b/1"), Right("s3:GetObject", "arn:b/?"), True),
        (Right("s3:GetObject", "arn:b+1"), Right("s3:GetObject", "arn:b.1"), False),
    ],
)
def test_a_right_is_within_another_one_where_its_wildcards_are(right: Right, other: Right, is_within: bool):
    assert right.is_within(other) is is_within


def test_what_is_allowed_by_what_it_is_not_is_told():
    assert has_exceptions([document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})])
    assert has_exceptions([document({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:b"})])
    assert not has_exceptions([document({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"})])


@pytest.mark.parametrize(
    ("principal", "actions", "lets_in"),
    [
        ({"Service": "sns.amazonaws.com"}, ["kms:Decrypt", "kms:GenerateDataKey*"], True),
        ({"Service": ["sqs.amazonaws.com", "sns.amazonaws.com"]}, "kms:*", True),
        ("*", "kms:*", True),
        ({"Service": "sns.amazonaws.com"}, "kms:Decrypt", False),
        ({"Service": "events.amazonaws.com"}, "kms:*", False),
        ({"AWS": "*"}, "kms:*", False),
    ],
)
def test_a_key_lets_a_service_do_what_its_policy_says(principal: Any, actions: Any, lets_in: bool):
    policy = document({"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"})

    assert lets_service(policy, "sns.amazonaws.com", KEY_USE) is lets_in
