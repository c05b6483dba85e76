"""The policies of a pipeline's roles, to the letter."""

from __future__ import annotations

from typing import Any

import pytest

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
    PIPELINE,
    PIPELINE_ARN,
    PROJECT_ARN,
    PULL,
    PUSH,
    REPOSITORY_ARN,
    RULE_ARN,
    SECRET_ARN,
    STATE_KEY_ARN,
    TARGET_ROLE_ARN,
    TOPIC_ARN,
)
from worker_service.policies import pipeline_roles as policies


def allow(sid: str, action: Any, resource: Any, **elements: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource, **elements}


LOOK_AT_BUCKET = allow("LookAtBucket", ["s3:GetBucketAcl", "s3:GetBucketLocation"], BUCKET_ARN)

WRITE_LOG = allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{LOG_GROUP_ARN}:log-stream:*")


def test_the_build_role_to_the_letter():
    assert BUILD["Statement"] == [
        WRITE_LOG,
        allow("UseArtifacts", ["s3:GetObject", "s3:GetObjectVersion"], f"{BUCKET_ARN}/*"),
        allow("WriteArtifact", "s3:PutObject", f"{BUCKET_ARN}/orders-*/Image/*"),
        LOOK_AT_BUCKET,
        allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], KEY_ARN),
        allow(
            "PushImage",
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            REPOSITORY_ARN,
        ),
        allow("UseBuildCache", sorted(PULL + PUSH), CACHE_ARN),
        allow("LogInToRegistry", "ecr:GetAuthorizationToken", "*"),
    ]


def test_the_deploy_role_to_the_letter():
    assert DEPLOY["Statement"] == [
        WRITE_LOG,
        allow("UseArtifacts", ["s3:GetObject", "s3:GetObjectVersion"], f"{BUCKET_ARN}/*"),
        LOOK_AT_BUCKET,
        allow("ReadArtifacts", "kms:Decrypt", KEY_ARN),
        allow("AssumeTargetRole", "sts:AssumeRole", TARGET_ROLE_ARN),
        allow("MarkAsDeployed", ["ecr:BatchGetImage", "ecr:PutImage"], REPOSITORY_ARN),
        allow("ReadPulumiSecrets", "secretsmanager:GetSecretValue", [SECRET_ARN]),
        allow("UseSecretsProvider", ["kms:Decrypt", "kms:Encrypt"], STATE_KEY_ARN),
        allow("ListState", "s3:ListBucket", "arn:aws:s3:::state"),
        allow("KeepState", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "arn:aws:s3:::state/orders/*"),
    ]


def test_the_role_that_marks_to_the_letter():
    assert MARK["Statement"] == [
        WRITE_LOG,
        allow("UseArtifacts", ["s3:GetObject", "s3:GetObjectVersion"], f"{BUCKET_ARN}/*"),
        LOOK_AT_BUCKET,
        allow("ReadArtifacts", "kms:Decrypt", KEY_ARN),
        allow("MarkAsDeployed", ["ecr:BatchGetImage", "ecr:PutImage"], REPOSITORY_ARN),
    ]


def test_a_deployment_by_pulumi_cloud_gets_no_bucket_and_no_key_for_state():
    statements = policies.deploy_role_policy(
        log_group_arn=LOG_GROUP_ARN,
        bucket_arn=BUCKET_ARN,
        key_arn=KEY_ARN,
        repository_arn=REPOSITORY_ARN,
        target_role_arn=TARGET_ROLE_ARN,
        state_bucket=None,
        secret_arns=[],
        secrets_key_arn=None,
    )["Statement"]
    sids = [statement["Sid"] for statement in statements]

    assert sids == ["WriteLog", "UseArtifacts", "LookAtBucket", "ReadArtifacts", "AssumeTargetRole", "MarkAsDeployed"]


def test_the_pipeline_role_to_the_letter():
    assert PIPELINE["Statement"] == [
        allow("UseArtifacts", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], f"{BUCKET_ARN}/*"),
        LOOK_AT_BUCKET,
        allow("FindSource", ["s3:GetBucketVersioning", "s3:ListBucket"], BUCKET_ARN),
        allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], KEY_ARN),
        allow("StartBuilds", ["codebuild:BatchGetBuilds", "codebuild:StartBuild"], [PROJECT_ARN]),
        allow(
            "UseConnection",
            ["codeconnections:UseConnection", "codestar-connections:UseConnection"],
            CONNECTION_ARN,
        ),
        allow("AssumeActionRoles", "sts:AssumeRole", [TARGET_ROLE_ARN]),
        allow("AskForApproval", "sns:Publish", TOPIC_ARN),
    ]


def test_a_pipeline_that_needs_no_more_gets_no_more():
    statements = policies.pipeline_role_policy(
        bucket_arn=BUCKET_ARN,
        key_arn=KEY_ARN,
        project_arns=[PROJECT_ARN],
        connection_arn=None,
        action_role_arns=[],
        topic_arn=None,
        topic_key_arn=None,
    )["Statement"]

    assert [statement["Sid"] for statement in statements] == [
        "UseArtifacts",
        "LookAtBucket",
        "FindSource",
        "UseKey",
        "StartBuilds",
    ]


def test_an_uploaded_archive_may_start_the_one_pipeline():
    assert policies.start_pipeline_policy(pipeline_arn=PIPELINE_ARN)["Statement"] == [
        allow("StartPipeline", "codepipeline:StartPipelineExecution", PIPELINE_ARN)
    ]


@pytest.mark.parametrize(
    ("trust", "service", "source_arn"),
    [
        (
            policies.codebuild_may_assume(key_arn=KEY_ARN, project_prefix="orders-build"),
            "codebuild.amazonaws.com",
            f"arn:aws:codebuild:eu-west-1:{ACCOUNT}:project/orders-build-*",
        ),
        (policies.events_may_assume(rule_arn=RULE_ARN), "events.amazonaws.com", RULE_ARN),
    ],
)
def test_trust_policies_to_the_letter(trust: dict[str, Any], service: str, source_arn: str):
    assert trust["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": source_arn},
            },
        }
    ]


def test_the_pipelines_role_is_trusted_to_codepipeline_as_aws_documents_it():
    """With a condition that CodePipeline does not fill no pipeline could be made."""
    assert policies.codepipeline_may_assume()["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
