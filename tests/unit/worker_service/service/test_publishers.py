"""Who publishes to a service's topics, and where its handler publishes to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.worker_service import container, deployed, document, problems_of

PARTNER = "444455556666"
ROLE = "arn:aws:iam::777788889999:role/shop"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:invoices"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
PUBLISHERS = {
    "account_ids": [PARTNER],
    "role_arns": [ROLE],
    "services": ["s3", "events"],
    "organization_id": "o-a1b2c3d4e5",
}


def test_each_kind_of_publisher_is_let_in_by_the_topics_policy_to_the_letter():
    deployment = deployed(topics={"main": {"publishers": PUBLISHERS}})
    _, *publishing = document(deployment, "aws:sns/topicPolicy:TopicPolicy", "orders-topic-policy")["Statement"]
    arn = deployment.outputs_of(deployment.result)["topic_arn"]
    allowed = {"Effect": "Allow", "Action": "sns:Publish", "Resource": arn}

    assert publishing == [
        {"Sid": "PublishForAccounts", **allowed, "Principal": {"AWS": [f"arn:aws:iam::{PARTNER}:root"]}},
        {"Sid": "PublishForRoles", **allowed, "Principal": {"AWS": [ROLE]}},
        {"Sid": "PublishForEvents", **allowed, "Principal": {"Service": ["events.amazonaws.com"]}},
        {
            "Sid": "PublishForServices",
            **allowed,
            "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            "Principal": {"Service": ["s3.amazonaws.com"]},
        },
        {
            "Sid": "PublishForOrganization",
            **allowed,
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
            "Principal": {"AWS": "*"},
        },
    ]


def test_they_may_encrypt_with_the_topics_key():
    deployment = deployed(topics={"main": {}, "from-partners": {"publishers": {"account_ids": [PARTNER]}}})
    policy = document(deployment, "aws:kms/keyPolicy:KeyPolicy", "orders-key-policy")
    plain = document(deployment, "aws:sns/topicPolicy:TopicPolicy", "orders-topic-policy")["Statement"]

    assert policy["Statement"][-1] == {
        "Sid": "EncryptFromPartnersForAccounts",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Principal": {"AWS": [f"arn:aws:iam::{PARTNER}:root"]},
    }
    assert [statement["Sid"] for statement in plain] == ["RefusePlainHttp"]


def test_a_handler_may_publish_to_topics_of_others():
    deployment = deployed(publishes_to={"new-invoices": {"topic_arn": TOPIC, "kms_key_arn": KEY}})
    statements = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")["Statement"]
    by_sid = {statement["Sid"]: statement for statement in statements}
    variables = {entry["name"]: entry["value"] for entry in container(deployment)["environment"]}

    assert by_sid["PublishToTopic"]["Resource"] == [deployment.outputs_of(deployment.result)["topic_arn"], TOPIC]
    assert by_sid["UseTopicKeys"] == {
        "Sid": "UseTopicKeys",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": [KEY],
    }
    assert variables["WORKER_TOPIC_NEW_INVOICES"] == TOPIC


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        (
            {"topics": {"main": {"topic_arn": TOPIC, "publishers": {"services": ["s3"]}}}},
            [
                (
                    "topics.main.publishers: are for a topic made here; whoever owns the existing one decides who"
                    " publishes"
                )
            ],
        ),
        (
            {"topics": {"main": {"publishers": {"account_ids": ["7"], "organisation_id": "o-1"}}}},
            [
                "topics.main.publishers.organisation_id: unknown; did you mean organization_id?",
                "topics.main.publishers.account_ids[0]: '7' is not an AWS account id of 12 digits, in quotes",
            ],
        ),
        ({"publishes_to": {"invoices": {}}}, ["publishes_to.invoices.topic_arn: required"]),
        (
            {"publishes_to": {"x": {"topic_arn": TOPIC}}, "environment": {"WORKER_TOPIC_X": "y"}},
            ["environment: WORKER_TOPIC_X is set by publishes_to.x; choose another name"],
        ),
    ],
)
def test_what_is_refused(args: dict[str, Any], problems: list[str]):
    assert problems_of(**args) == problems
