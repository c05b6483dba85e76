"""The ARNs of an imagined pipeline, and the policies of its roles."""

from __future__ import annotations

from worker_service.policies import pipeline_roles as policies

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "222233334444"
KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1a2b"
OTHER_KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/9f9f"
BUCKET_ARN = "arn:aws:s3:::orders-artifacts"
REPOSITORY_ARN = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/orders"
CACHE_ARN = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/orders-cache"
OTHER_REPOSITORY_ARN = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/invoices"
LOG_GROUP_ARN = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:orders-build"
TARGET_ROLE_ARN = f"arn:aws:iam::{OTHER_ACCOUNT}:role/worker-deploy"
OTHER_ROLE_ARN = f"arn:aws:iam::{OTHER_ACCOUNT}:role/admin"
SECRET_ARN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:pulumi-a1b2c3"
STATE_KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/57a7e"
PROJECT_ARN = f"arn:aws:codebuild:eu-west-1:{ACCOUNT}:project/orders-build-1234567"
OTHER_PROJECT_ARN = f"arn:aws:codebuild:eu-west-1:{ACCOUNT}:project/invoices-build-1234567"
CONNECTION_ARN = f"arn:aws:codeconnections:eu-west-1:{ACCOUNT}:connection/1a2b"
TOPIC_ARN = f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders-notices"
PIPELINE_ARN = f"arn:aws:codepipeline:eu-west-1:{ACCOUNT}:orders-pipeline-1234567"
RULE_ARN = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/orders-upload-1234567"

BUILD = policies.build_role_policy(
    log_group_arn=LOG_GROUP_ARN,
    bucket_arn=BUCKET_ARN,
    artifact_keys="orders-*/Image/*",
    key_arn=KEY_ARN,
    repository_arn=REPOSITORY_ARN,
    cache_repository_arn=CACHE_ARN,
)
DEPLOY = policies.deploy_role_policy(
    log_group_arn=LOG_GROUP_ARN,
    bucket_arn=BUCKET_ARN,
    key_arn=KEY_ARN,
    repository_arn=REPOSITORY_ARN,
    target_role_arn=TARGET_ROLE_ARN,
    state_bucket="state/orders",
    secret_arns=[SECRET_ARN],
    secrets_key_arn=STATE_KEY_ARN,
)
MARK = policies.mark_role_policy(
    log_group_arn=LOG_GROUP_ARN, bucket_arn=BUCKET_ARN, key_arn=KEY_ARN, repository_arn=REPOSITORY_ARN
)
PIPELINE = policies.pipeline_role_policy(
    bucket_arn=BUCKET_ARN,
    key_arn=KEY_ARN,
    project_arns=[PROJECT_ARN],
    connection_arn=CONNECTION_ARN,
    action_role_arns=[TARGET_ROLE_ARN],
    topic_arn=TOPIC_ARN,
    topic_key_arn=None,
)

PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
