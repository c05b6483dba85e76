"""PipelineComponent under mocks: what is registered, and how it is wired."""

from __future__ import annotations

import json
from typing import Any, cast

import pulumi
import pytest

from tests.support.aws_outputs import ACCOUNT
from tests.support.deploy import UNKNOWN, deploy
from tests.support.pipelines import (
    DIRECTORY,
    GIT,
    pipeline,
    stages_of,
)
from worker_service import PipelineComponent, PipelineComponentArgs

TAGS = {"team": "orders", "stage": "test"}

COMMON = {
    ("aws:cloudwatch/logGroup:LogGroup", "orders-build-log-group"),
    ("aws:codebuild/project:Project", "orders-build"),
    ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "orders-cache-lifecycle"),
    ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "orders-repository-lifecycle"),
    ("aws:ecr/repository:Repository", "orders-cache"),
    ("aws:ecr/repository:Repository", "orders-repository"),
    ("aws:iam/role:Role", "orders-build-role"),
    ("aws:iam/rolePolicy:RolePolicy", "orders-build-role-policy"),
    ("aws:kms/alias:Alias", "orders-key-alias"),
    ("aws:kms/key:Key", "orders-key"),
    ("aws:kms/keyPolicy:KeyPolicy", "orders-key-policy"),
    ("aws:s3/bucket:Bucket", "orders-artifacts"),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "orders-artifacts-lifecycle"),
    ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "orders-artifacts-ownership"),
    ("aws:s3/bucketPolicy:BucketPolicy", "orders-artifacts-policy"),
    ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "orders-artifacts-public-access"),
    (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "orders-artifacts-encryption",
    ),
    ("aws:s3/bucketVersioning:BucketVersioning", "orders-artifacts-versioning"),
    ("workers:index:ArtifactStore", "orders"),
    ("workers:index:BuildProject", "orders-build"),
    ("workers:index:ImageRepository", "orders"),
    ("workers:index:PipelineComponent", "orders"),
    ("workers:index:PipelineKey", "orders"),
}

DELIVERY = {
    ("aws:codepipeline/pipeline:Pipeline", "orders-pipeline"),
    ("aws:iam/role:Role", "orders-pipeline-role"),
    ("aws:iam/rolePolicy:RolePolicy", "orders-pipeline-role-policy"),
    ("workers:index:Delivery", "orders"),
}

#: What marks the images that ECS deploys.
MARK = {
    ("aws:cloudwatch/logGroup:LogGroup", "orders-mark-log-group"),
    ("aws:codebuild/project:Project", "orders-mark"),
    ("aws:iam/role:Role", "orders-mark-role"),
    ("aws:iam/rolePolicy:RolePolicy", "orders-mark-role-policy"),
    ("workers:index:BuildProject", "orders-mark"),
}


def deploys(stack: str) -> set[tuple[str, str]]:
    """What the deployment of a stack with `pulumi up` adds."""
    return {
        ("aws:cloudwatch/logGroup:LogGroup", f"orders-{stack}-deploy-log-group"),
        ("aws:codebuild/project:Project", f"orders-{stack}-deploy"),
        ("aws:iam/role:Role", f"orders-{stack}-deploy-role"),
        ("aws:iam/rolePolicy:RolePolicy", f"orders-{stack}-deploy-role-policy"),
        ("workers:index:BuildProject", f"orders-{stack}-deploy"),
    }


def test_a_folder_is_built_without_a_pipeline():
    deployment = pipeline(DIRECTORY)

    assert set(deployment.names()) == COMMON | {("pulumi-python:dynamic/workers:ImageBuild", "orders-image")}


def test_a_repository_has_a_pipeline_with_a_deploy_project_for_each_pulumi_stack():
    deployment = pipeline(GIT)
    pulling = {("aws:ecr/repositoryPolicy:RepositoryPolicy", "orders-repository-policy")}

    assert set(deployment.names()) == COMMON | DELIVERY | MARK | pulling | deploys("staging") | deploys("prod")


def test_an_archive_starts_the_pipeline_by_its_arrival():
    deployment = pipeline({"source": "s3"})

    assert set(deployment.names()) - COMMON - DELIVERY == {
        ("aws:cloudwatch/eventRule:EventRule", "orders-upload"),
        ("aws:cloudwatch/eventTarget:EventTarget", "orders-upload-target"),
        ("aws:iam/role:Role", "orders-upload-role"),
        ("aws:iam/rolePolicy:RolePolicy", "orders-upload-role-policy"),
        ("aws:s3/bucketNotification:BucketNotification", "orders-artifacts-notification"),
    }
    bucket = deployment.one("aws:s3/bucket:Bucket")
    pattern = json.loads(deployment.one("aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"])
    name = deployment.outputs_of(deployment.result)["source_uri"].removeprefix("s3://").removesuffix("/source.zip")
    assert name.startswith(f"{bucket.name}-")
    assert pattern["detail"] == {"bucket": {"name": [name]}, "object": {"key": ["source.zip"]}}
    [source] = stages_of(deployment)[0]["actions"]
    assert source["configuration"] == {
        "S3Bucket": name,
        "S3ObjectKey": "source.zip",
        "PollForSourceChanges": "false",
    }


def test_everything_belongs_to_the_component_and_registers_its_outputs():
    deployment = pipeline(GIT, notification_email="team@example.com")
    [root] = [resource for resource in deployment.resources if resource.type == "workers:index:PipelineComponent"]
    components = [resource for resource in deployment.resources if not resource.custom]

    assert {c.urn for c in components} == set(deployment.registered_outputs)
    parents = {resource.urn: resource.parent for resource in deployment.resources}
    for resource in deployment.resources:
        ancestor = resource.urn
        while ancestor != root.urn:
            ancestor = parents[ancestor]


def test_everything_that_takes_tags_has_them():
    deployment = pipeline(GIT, tags=TAGS, notification_email="team@example.com")
    tagged = {resource.type for resource in deployment.resources if resource.inputs.get("tags") == TAGS}

    assert tagged == {
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:codebuild/project:Project",
        "aws:codepipeline/pipeline:Pipeline",
        "aws:ecr/repository:Repository",
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:s3/bucket:Bucket",
        "aws:sns/topic:Topic",
    }


def test_images_artifacts_key_and_logs_are_protected_unless_they_are_not_to_be():
    protected = {resource.name for resource in pipeline(GIT).resources if resource.protect}

    assert protected == {
        "orders-artifacts",
        "orders-build-log-group",
        "orders-key",
        "orders-mark-log-group",
        "orders-prod-deploy-log-group",
        "orders-repository",
        "orders-staging-deploy-log-group",
    }
    unprotected = pipeline(GIT, protect=False)
    assert [resource.name for resource in unprotected.resources if resource.protect] == []
    assert unprotected.one("aws:ecr/repository:Repository", "orders-repository").inputs["forceDelete"] is True
    assert unprotected.one("aws:s3/bucket:Bucket").inputs["forceDestroy"] is True


def test_attributes_of_bucket_key_and_topic_are_never_deleted():
    deployment = pipeline({"source": "s3"}, notification_email="team@example.com", protect=False)
    kept = {resource.type.split("/")[0] for resource in deployment.resources if resource.retain_on_delete}

    assert kept == {"aws:s3", "aws:kms", "aws:sns", "aws:ecr"}
    assert {r.name for r in deployment.resources if r.type.startswith("aws:s3/bucket") and not r.retain_on_delete} == {
        "orders-artifacts"
    }


def test_the_outputs_of_a_pipeline():
    deployment = pipeline(GIT)
    outputs = deployment.outputs_of(deployment.result)
    name = outputs["pipeline_arn"].rsplit(":", 1)[-1]

    assert outputs["repository_url"].startswith(f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/orders-repository-")
    assert outputs["pipeline_url"] == (
        f"https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region=eu-west-1"
    )
    assert (outputs["image"], outputs["source_uri"]) == (None, None)


@pytest.mark.parametrize("args", [DIRECTORY, GIT, {"source": "s3"}])
def test_a_preview_knows_no_image_and_fails_nowhere(args: dict[str, Any]):
    deployment = pipeline(args, preview=True)
    outputs = deployment.outputs_of(deployment.result)

    assert outputs["repository_url"] is UNKNOWN
    assert (outputs["image"] is UNKNOWN) == (args is DIRECTORY)


def test_two_pipelines_live_in_one_stack():
    def both() -> list[pulumi.Resource]:
        args = cast("PipelineComponentArgs", GIT)
        return [PipelineComponent("orders", args), PipelineComponent("invoices", args)]

    assert len(deploy(both).all("aws:codepipeline/pipeline:Pipeline")) == 2


def test_a_pipeline_without_targets_only_builds_and_says_so(monkeypatch: pytest.MonkeyPatch):
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda message, *_: told.append(message))
    deployment = pipeline(GIT, targets=None)

    assert [stage["name"] for stage in stages_of(deployment)] == ["Source", "Build"]
    assert told == ["orders has no targets: it builds images and deploys none"]
