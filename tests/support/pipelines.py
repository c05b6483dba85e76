"""Pipelines for tests: their arguments, and how to look at what they declare."""

from __future__ import annotations

import json
from typing import Any, cast

from tests.support.aws_outputs import ACCOUNT
from tests.support.deploy import Deployment, deploy, remembered
from worker_service import PipelineComponent, PipelineComponentArgs

CONNECTION_ARN = f"arn:aws:codeconnections:eu-west-1:{ACCOUNT}:connection/1a2b"
TOKEN_ARN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:pulumi-a1b2c3"
STAGING = {
    "stack": "example/worker-service/staging",
    "account_id": "222233334444",
    "region": "eu-west-1",
    "deploy_role": "worker-deploy",
    "test_command": "pytest tests/smoke",
}
PROD = {
    "stack": "example/worker-service/prod",
    "account_id": "333344445555",
    "region": "eu-central-1",
    "deploy_role": "worker-deploy",
    "approval": True,
}
BY_ECS = {
    "stack": "edge",
    "account_id": "444455556666",
    "deploy_role": "ecs-deploy",
    "ecs_service": "workers/orders",
}
GIT = {
    "source": "connection",
    "connection_arn": CONNECTION_ARN,
    "repository_id": "example/orders",
    "service_dir": "worker",
    "environment_account_ids": ["222233334444", "333344445555", "444455556666"],
    "targets": [STAGING, PROD, BY_ECS],
    "state_backend_url": "https://api.pulumi.com",
    "access_token_secret_arn": TOKEN_ARN,
}
DIRECTORY = {"source": "directory", "service_dir": "service"}


@remembered
def pipeline(args: dict[str, Any], *, preview: bool = False, **changed: Any) -> Deployment:
    given = cast("PipelineComponentArgs", {**args, **changed})
    return deploy(lambda: PipelineComponent("orders", given), preview=preview)


def policy_of(deployment: Deployment, name: str) -> dict[str, dict[str, Any]]:
    """The statements of a role's policy, by their Sid."""
    document = json.loads(deployment.one("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def stages_of(deployment: Deployment) -> list[dict[str, Any]]:
    return deployment.one("aws:codepipeline/pipeline:Pipeline").inputs["stages"]


def environment_of(deployment: Deployment, project: str) -> dict[str, str]:
    variables = deployment.one("aws:codebuild/project:Project", project).inputs["environment"]["environmentVariables"]
    return {variable["name"]: variable["value"] for variable in variables}
