"""`workers migrate proton --pipeline`: the deployed pipeline says connection, repository and branch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.emulator import Emulator
from tests.support.emulator import Cloud
from worker_ops.errors import OpsError
from worker_ops.migrate.proton.deployed_pipeline import deployed_source

CONNECTION_ARN = "arn:aws:codestar-connections:eu-west-1:123456789012:connection/1234abcd"
PIPELINE_TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "codepipeline.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


def action(name: str, category: str, provider: str, **configuration: str) -> dict[str, Any]:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "configuration": configuration, "runOrder": 1}


def deploy(cloud: Cloud, source: dict[str, Any]) -> None:
    cloud.admin("codepipeline").create_pipeline(
        pipeline={
            "name": "orders-pipeline",
            "roleArn": cloud.role(trust=PIPELINE_TRUST),
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "version": 1,
            "stages": [
                {"name": "Source", "actions": [source]},
                {"name": "Build", "actions": [action("Build", "Build", "CodeBuild", ProjectName="build")]},
            ],
        }
    )


def test_the_source_action_says_what_no_spec_does(cloud: Cloud) -> None:
    configuration = {"ConnectionArn": CONNECTION_ARN, "FullRepositoryId": "acme/shop", "BranchName": "release"}
    deploy(cloud, action("Checkout", "Source", "CodeStarSourceConnection", **configuration))

    assert deployed_source(cloud.operator(), "orders-pipeline") == {
        "connection_arn": CONNECTION_ARN,
        "repository_id": "acme/shop",
        "branch": "release",
    }


def test_a_pipeline_that_is_not_there_or_has_another_source_is_told(cloud: Cloud) -> None:
    with pytest.raises(OpsError, match="--pipeline: gone: "):
        deployed_source(cloud.operator(), "gone")

    deploy(cloud, action("Checkout", "Source", "S3", S3Bucket="source", S3ObjectKey="a.zip"))
    with pytest.raises(OpsError, match="has 0 sources with a connection, not one"):
        deployed_source(cloud.operator(), "orders-pipeline")
