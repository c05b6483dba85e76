"""What IAM's rules make of the pipeline's policies: each role does its steps, and is denied a list of others.

The evaluator is the emulator's (policy_verdict.py). What this cannot show: that AWS's services ask for these actions
and no others.
"""

from __future__ import annotations

from typing import Any

import pytest

from local.emulator.iam.policy_verdict import Principal, Request, Verdict, identity_verdict, resource_verdict
from tests.support.pipeline_documents import (
    ACCOUNT,
    BUCKET_ARN,
    BUILD,
    CACHE_ARN,
    CONNECTION_ARN,
    DEPLOY,
    KEY_ARN,
    LOG_GROUP_ARN,
    MARK,
    OTHER_ACCOUNT,
    OTHER_KEY_ARN,
    OTHER_PROJECT_ARN,
    OTHER_REPOSITORY_ARN,
    OTHER_ROLE_ARN,
    PIPELINE,
    PROJECT_ARN,
    PULL,
    PUSH,
    REPOSITORY_ARN,
    SECRET_ARN,
    STATE_KEY_ARN,
    TARGET_ROLE_ARN,
    TOPIC_ARN,
)
from worker_service.policies import pipeline_resources, pipeline_roles

#: What each role does in its work, and what it must not.
STEPS = {
    "build": (
        BUILD,
        [
            ("logs:CreateLogStream", f"{LOG_GROUP_ARN}:log-stream:1a2b"),
            ("logs:PutLogEvents", f"{LOG_GROUP_ARN}:log-stream:1a2b"),
            ("s3:GetObject", f"{BUCKET_ARN}/build-context/c0ffee.zip"),
            ("s3:GetObjectVersion", f"{BUCKET_ARN}/orders-pipe/Source/a1"),
            ("s3:PutObject", f"{BUCKET_ARN}/orders-pipe/Image/a1"),
            ("kms:Decrypt", KEY_ARN),
            ("kms:GenerateDataKey", KEY_ARN),
            ("ecr:GetAuthorizationToken", "*"),
            ("ecr:DescribeImages", REPOSITORY_ARN),
            *((action, arn) for action in PULL + PUSH for arn in (REPOSITORY_ARN, CACHE_ARN)),
        ],
        [
            *((action, OTHER_REPOSITORY_ARN) for action in PULL + PUSH),
            ("ecr:BatchDeleteImage", REPOSITORY_ARN),
            ("ecr:SetRepositoryPolicy", REPOSITORY_ARN),
            ("ecr:PutImageTagMutability", REPOSITORY_ARN),
            ("kms:Decrypt", OTHER_KEY_ARN),
            ("kms:ScheduleKeyDeletion", KEY_ARN),
            ("s3:GetObject", "arn:aws:s3:::another-bucket/secret"),
            ("s3:DeleteObject", f"{BUCKET_ARN}/orders-pipe/Image/a1"),
            ("s3:PutObject", f"{BUCKET_ARN}/orders-pipe/Source/a1"),
            ("s3:PutObject", f"{BUCKET_ARN}/source.zip"),
            ("s3:PutObject", f"{BUCKET_ARN}/build-context/c0ffee.zip"),
            ("s3:PutBucketPolicy", BUCKET_ARN),
            ("logs:PutLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:other:log-stream:1"),
            ("sts:AssumeRole", TARGET_ROLE_ARN),
            ("iam:PassRole", TARGET_ROLE_ARN),
            ("secretsmanager:GetSecretValue", SECRET_ARN),
            ("codebuild:StartBuild", PROJECT_ARN),
        ],
    ),
    "deploy": (
        DEPLOY,
        [
            ("logs:PutLogEvents", f"{LOG_GROUP_ARN}:log-stream:1a2b"),
            ("s3:GetObject", f"{BUCKET_ARN}/orders-pipe/Source/a1"),
            ("kms:Decrypt", KEY_ARN),
            ("sts:AssumeRole", TARGET_ROLE_ARN),
            ("ecr:BatchGetImage", REPOSITORY_ARN),
            ("ecr:PutImage", REPOSITORY_ARN),
            ("secretsmanager:GetSecretValue", SECRET_ARN),
            ("kms:Encrypt", STATE_KEY_ARN),
            ("kms:Decrypt", STATE_KEY_ARN),
            ("s3:ListBucket", "arn:aws:s3:::state"),
            ("s3:GetObject", "arn:aws:s3:::state/orders/.pulumi/stacks/worker-service/prod.json"),
            ("s3:PutObject", "arn:aws:s3:::state/orders/.pulumi/stacks/worker-service/prod.json"),
            ("s3:DeleteObject", "arn:aws:s3:::state/orders/.pulumi/locks/prod.json"),
        ],
        [
            ("sts:AssumeRole", OTHER_ROLE_ARN),
            ("iam:PassRole", TARGET_ROLE_ARN),
            ("s3:PutObject", f"{BUCKET_ARN}/orders-pipe/Source/a1"),
            ("s3:GetObject", "arn:aws:s3:::state/invoices/.pulumi/stacks/worker-service/prod.json"),
            ("kms:Encrypt", KEY_ARN),
            ("kms:Decrypt", OTHER_KEY_ARN),
            ("secretsmanager:GetSecretValue", f"{SECRET_ARN[:-6]}x9y8z7"),
            ("secretsmanager:PutSecretValue", SECRET_ARN),
            ("ecr:PutImage", OTHER_REPOSITORY_ARN),
            ("ecr:InitiateLayerUpload", REPOSITORY_ARN),
            ("ecs:UpdateService", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/c/s"),
        ],
    ),
    "pipeline": (
        PIPELINE,
        [
            ("s3:GetBucketVersioning", BUCKET_ARN),
            ("s3:GetObjectVersion", f"{BUCKET_ARN}/source.zip"),
            ("s3:PutObject", f"{BUCKET_ARN}/orders-pipe/Source/a1"),
            ("kms:GenerateDataKey", KEY_ARN),
            ("codebuild:StartBuild", PROJECT_ARN),
            ("codebuild:BatchGetBuilds", PROJECT_ARN),
            ("codeconnections:UseConnection", CONNECTION_ARN),
            ("sts:AssumeRole", TARGET_ROLE_ARN),
            ("sns:Publish", TOPIC_ARN),
        ],
        [
            ("codebuild:StartBuild", OTHER_PROJECT_ARN),
            ("codebuild:UpdateProject", PROJECT_ARN),
            ("codeconnections:UseConnection", CONNECTION_ARN.replace("1a2b", "9f9f")),
            ("codeconnections:PassConnection", CONNECTION_ARN),
            ("sts:AssumeRole", OTHER_ROLE_ARN),
            ("iam:PassRole", TARGET_ROLE_ARN),
            ("sns:Publish", TOPIC_ARN.replace("orders", "invoices")),
            ("kms:Decrypt", OTHER_KEY_ARN),
            ("ecr:BatchGetImage", REPOSITORY_ARN),
            ("ecs:UpdateService", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/c/s"),
        ],
    ),
}
ALLOWED = [(role, *step) for role, (_, steps, _) in STEPS.items() for step in steps]
DENIED = [(role, *step) for role, (_, _, steps) in STEPS.items() for step in steps]


def verdict(role: str, action: str, resource: str) -> Verdict:
    caller = Principal(arns=(f"arn:aws:iam::{ACCOUNT}:role/{role}",), account=ACCOUNT)
    return identity_verdict([STEPS[role][0]], Request(caller, action, resource))


@pytest.mark.parametrize(("role", "action", "resource"), ALLOWED)
def test_a_role_may_do_its_steps(role: str, action: str, resource: str):
    assert verdict(role, action, resource) is Verdict.ALLOW


@pytest.mark.parametrize(("role", "action", "resource"), DENIED)
def test_a_role_may_do_nothing_else(role: str, action: str, resource: str):
    assert verdict(role, action, resource) is not Verdict.ALLOW


@pytest.mark.parametrize(
    ("source_arn", "account", "expected"),
    [
        (PROJECT_ARN, ACCOUNT, Verdict.ALLOW),
        (OTHER_PROJECT_ARN, ACCOUNT, Verdict.NONE),
        (PROJECT_ARN.replace(ACCOUNT, OTHER_ACCOUNT), OTHER_ACCOUNT, Verdict.NONE),
    ],
)
def test_codebuild_may_assume_a_role_for_its_own_projects_alone(source_arn: str, account: str, expected: Verdict):
    trust = pipeline_roles.codebuild_may_assume(key_arn=KEY_ARN, project_prefix="orders-build")
    context = {"aws:SourceArn": source_arn, "aws:SourceAccount": account}
    request = Request(Principal(service="codebuild.amazonaws.com"), "sts:AssumeRole", None, context)

    assert resource_verdict(trust, request) is expected


@pytest.mark.parametrize(
    ("account", "action", "expected"),
    [
        (OTHER_ACCOUNT, "ecr:BatchGetImage", Verdict.ALLOW),
        (OTHER_ACCOUNT, "ecr:PutImage", Verdict.NONE),
        (OTHER_ACCOUNT, "ecr:BatchDeleteImage", Verdict.NONE),
        ("999999999999", "ecr:BatchGetImage", Verdict.NONE),
    ],
)
def test_environment_accounts_pull_and_no_others(account: str, action: str, expected: Verdict):
    policy = pipeline_resources.repository_policy(key_arn=KEY_ARN, account_ids=[OTHER_ACCOUNT])
    root = Principal(arns=(f"arn:aws:iam::{account}:root",), account=account)

    assert resource_verdict(policy, Request(root, action, REPOSITORY_ARN)) is expected


@pytest.mark.parametrize(
    ("role_arn", "action", "expected"),
    [
        (TARGET_ROLE_ARN, "kms:Decrypt", Verdict.ALLOW),
        (TARGET_ROLE_ARN, "kms:Encrypt", Verdict.NONE),
        (OTHER_ROLE_ARN, "kms:Decrypt", Verdict.NONE),
    ],
)
def test_a_targets_role_in_another_account_decrypts_artifacts(role_arn: str, action: str, expected: Verdict):
    policy = pipeline_resources.key_policy(
        key_arn=KEY_ARN, artifact_reader_arns=[TARGET_ROLE_ARN], publishes_events=False
    )
    caller = Principal(arns=(role_arn,), account=OTHER_ACCOUNT)

    assert resource_verdict(policy, Request(caller, action, KEY_ARN)) is expected


@pytest.mark.parametrize(
    ("role_arn", "action", "secure", "expected"),
    [
        (TARGET_ROLE_ARN, "s3:GetObject", "true", Verdict.ALLOW),
        (TARGET_ROLE_ARN, "s3:PutObject", "true", Verdict.NONE),
        (TARGET_ROLE_ARN, "s3:GetObject", "false", Verdict.DENY),
        (OTHER_ROLE_ARN, "s3:GetObject", "true", Verdict.NONE),
    ],
)
def test_a_targets_role_in_another_account_reads_artifacts_by_tls(
    role_arn: str, action: str, secure: str, expected: Verdict
):
    policy = pipeline_resources.bucket_policy(bucket_arn=BUCKET_ARN, artifact_reader_arns=[TARGET_ROLE_ARN])
    caller = Principal(arns=(role_arn,), account=OTHER_ACCOUNT)
    request = Request(caller, action, f"{BUCKET_ARN}/orders-pipe/Image/a1", {"aws:SecureTransport": secure})

    assert resource_verdict(policy, request) is expected


def wildcards(document: dict[str, Any]) -> list[tuple[str, str]]:
    """(Sid, resource) of every statement whose resource has a wildcard."""
    return [
        (statement["Sid"], resource)
        for statement in document["Statement"]
        for resource in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
        if "*" in resource
    ]


def test_roles_have_the_wildcards_that_docs_security_justifies_and_no_more():
    assert wildcards(BUILD) == [
        ("WriteLog", f"{LOG_GROUP_ARN}:log-stream:*"),
        ("UseArtifacts", f"{BUCKET_ARN}/*"),
        ("WriteArtifact", f"{BUCKET_ARN}/orders-*/Image/*"),
        ("LogInToRegistry", "*"),
    ]
    assert wildcards(DEPLOY) == [
        ("WriteLog", f"{LOG_GROUP_ARN}:log-stream:*"),
        ("UseArtifacts", f"{BUCKET_ARN}/*"),
        ("KeepState", "arn:aws:s3:::state/orders/*"),
    ]
    assert wildcards(MARK) == [
        ("WriteLog", f"{LOG_GROUP_ARN}:log-stream:*"),
        ("UseArtifacts", f"{BUCKET_ARN}/*"),
    ]
    assert wildcards(PIPELINE) == [("UseArtifacts", f"{BUCKET_ARN}/*")]
