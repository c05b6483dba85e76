"""PipelineComponent and its parts under mocks: what is registered, how it is wired and protected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from components import PipelineComponent, PipelineComponentArgs
from components.build_context import content_tag
from components.limits import Architecture
from tests.support.aws_outputs import ACCOUNT
from tests.support.deploy import UNKNOWN, Deployment, deploy

CONNECTION_ARN = f"arn:aws:codeconnections:eu-west-1:{ACCOUNT}:connection/1a2b"
TOKEN_ARN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:pulumi-a1b2c3"
TAGS = {"team": "orders", "stage": "test"}
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
    "targets": [STAGING, PROD, BY_ECS],
    "state_backend_url": "https://api.pulumi.com",
    "access_token_secret_arn": TOKEN_ARN,
}
DIRECTORY = {"source": "directory", "service_dir": "service"}

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


def deploys(stack: str) -> set[tuple[str, str]]:
    """What the deployment of a stack with `pulumi up` adds."""
    return {
        ("aws:cloudwatch/logGroup:LogGroup", f"orders-{stack}-deploy-log-group"),
        ("aws:codebuild/project:Project", f"orders-{stack}-deploy"),
        ("aws:iam/role:Role", f"orders-{stack}-deploy-role"),
        ("aws:iam/rolePolicy:RolePolicy", f"orders-{stack}-deploy-role-policy"),
        ("workers:index:BuildProject", f"orders-{stack}-deploy"),
    }


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program's folder with a service in it, to be the current one."""
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


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


def test_a_folder_is_built_without_a_pipeline():
    deployment = pipeline(DIRECTORY)

    assert set(deployment.names()) == COMMON | {("pulumi-python:dynamic/workers:ImageBuild", "orders-image")}


def test_a_repository_has_a_pipeline_with_a_deploy_project_for_each_pulumi_stack():
    deployment = pipeline(GIT)

    assert set(deployment.names()) == COMMON | DELIVERY | deploys("staging") | deploys("prod")


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

    assert kept == {"aws:s3", "aws:kms", "aws:sns"}
    assert {r.name for r in deployment.resources if r.type.startswith("aws:s3/bucket") and not r.retain_on_delete} == {
        "orders-artifacts"
    }


def test_the_image_repository_is_immutable_scanned_and_encrypted():
    deployment = pipeline(GIT)
    repository = deployment.one("aws:ecr/repository:Repository", "orders-repository").inputs
    key = deployment.registered_outputs[deployment.one("workers:index:PipelineKey").urn]["key_arn"]

    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": key}]
    assert repository["forceDelete"] is False


def test_images_of_the_last_target_are_protected_first():
    policy = json.loads(
        pipeline(GIT, keep_images=7)
        .one("aws:ecr/lifecyclePolicy:LifecyclePolicy", "orders-repository-lifecycle")
        .inputs["policy"]
    )
    selections = [rule["selection"] for rule in policy["rules"]]

    assert [selection.get("tagPrefixList") for selection in selections] == [
        ["deployed.prod."],
        ["deployed.staging."],
        None,
    ]
    assert {selection["countNumber"] for selection in selections} == {7}


def test_exactly_the_environment_accounts_may_pull():
    deployment = pipeline(GIT, environment_account_ids=["222233334444", "333344445555"])
    policy = json.loads(deployment.one("aws:ecr/repositoryPolicy:RepositoryPolicy").inputs["policy"])

    assert [statement["Principal"] for statement in policy["Statement"]] == [
        {"AWS": ["arn:aws:iam::222233334444:root", "arn:aws:iam::333344445555:root"]}
    ]
    assert pipeline(GIT).all("aws:ecr/repositoryPolicy:RepositoryPolicy") == []


def test_the_bucket_is_private_versioned_encrypted_and_expires():
    deployment = pipeline(GIT)
    access = deployment.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    versioning = deployment.one("aws:s3/bucketVersioning:BucketVersioning").inputs["versioningConfiguration"]
    [rule] = deployment.one(encryption).inputs["rules"]

    assert {access[name] for name in access if name != "bucket"} == {True}
    assert len(access) == 5
    assert versioning == {"status": "Enabled"}
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
    assert [
        (rule["filter"]["prefix"], rule.get("expiration"), rule.get("noncurrentVersionExpiration"))
        for rule in deployment.one(lifecycle).inputs["rules"]
    ] == [
        ("build-context/", {"days": 30}, None),
        ("orders-", {"days": 30}, None),
        ("", None, {"noncurrentDays": 30}),
    ]


@pytest.mark.parametrize(
    ("architecture", "type_", "image"),
    [
        ("X86_64", "LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:6.0"),
        ("ARM64", "ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:4.0"),
    ],
)
def test_an_image_is_built_on_a_machine_of_its_architecture(architecture: str, type_: str, image: str):
    project = pipeline(DIRECTORY, architecture=architecture).one("aws:codebuild/project:Project").inputs

    assert (project["environment"]["type"], project["environment"]["image"]) == (type_, image)
    platform = json.loads(project["source"]["buildspec"])["env"]["variables"]["PLATFORM"]
    assert platform == ("linux/arm64" if architecture == "ARM64" else "linux/amd64")


def test_only_the_build_is_privileged():
    projects = pipeline(GIT).all("aws:codebuild/project:Project")

    assert {p.name: p.inputs["environment"]["privilegedMode"] for p in projects} == {
        "orders-build": True,
        "orders-prod-deploy": False,
        "orders-staging-deploy": False,
    }


def test_the_build_takes_its_commands_from_the_project_and_its_settings_from_the_inputs():
    project = pipeline(
        GIT, dockerfile="docker/Dockerfile", unit_test_command="make test", build_timeout_minutes=45
    ).one("aws:codebuild/project:Project", "orders-build")
    variables = json.loads(project.inputs["source"]["buildspec"])["env"]["variables"]

    assert project.inputs["source"]["type"] == "CODEPIPELINE"
    assert project.inputs["artifacts"] == {"type": "CODEPIPELINE"}
    assert project.inputs["buildTimeout"] == 45
    assert (variables["SERVICE_PATH"], variables["DOCKERFILE"]) == ("worker", "docker/Dockerfile")
    assert variables["UNIT_TEST_COMMAND"] == "make test"


def test_a_build_waits_for_its_roles_policy():
    deployment = pipeline(GIT)
    for project in deployment.all("aws:codebuild/project:Project"):
        policy = deployment.one("aws:iam/rolePolicy:RolePolicy", f"{project.name}-role-policy")
        assert policy.urn in project.dependencies


def test_the_stages_are_source_build_and_the_targets_in_order():
    deployment = pipeline(GIT)
    stages = stages_of(deployment)
    actions = [
        (stage["name"], action["provider"], action.get("runOrder")) for stage in stages for action in stage["actions"]
    ]

    assert actions == [
        ("Source", "CodeStarSourceConnection", None),
        ("Build", "CodeBuild", None),
        ("Deploy-staging", "CodeBuild", 1),
        ("Deploy-prod", "Manual", 1),
        ("Deploy-prod", "CodeBuild", 2),
        ("Deploy-edge", "ECS", 1),
    ]
    inputs = deployment.one("aws:codepipeline/pipeline:Pipeline").inputs
    assert (inputs["pipelineType"], inputs["executionMode"]) == ("V2", "QUEUED")


def test_a_push_below_service_dir_starts_it_and_nothing_polls():
    deployment = pipeline(GIT, branch="release")
    [trigger] = deployment.one("aws:codepipeline/pipeline:Pipeline").inputs["triggers"]
    [source] = stages_of(deployment)[0]["actions"]

    assert trigger["gitConfiguration"] == {
        "sourceActionName": "Source",
        "pushes": [{"branches": {"includes": ["release"]}, "filePaths": {"includes": ["worker/**"]}}],
    }
    assert source["configuration"] == {
        "ConnectionArn": CONNECTION_ARN,
        "FullRepositoryId": "example/orders",
        "BranchName": "release",
        "DetectChanges": "false",
    }


def test_the_root_of_a_repository_as_service_dir_is_not_filtered_by_paths():
    [trigger] = pipeline(GIT, service_dir=".").one("aws:codepipeline/pipeline:Pipeline").inputs["triggers"]

    assert trigger["gitConfiguration"]["pushes"] == [{"branches": {"includes": ["main"]}}]


def test_a_deployment_gets_the_digest_that_was_built():
    deployment = pipeline(GIT)
    build, staging = (stages_of(deployment)[index]["actions"][0] for index in (1, 2))

    assert build["namespace"] == "Build"
    assert json.loads(staging["configuration"]["EnvironmentVariables"]) == [
        {"name": "IMAGE", "value": "#{Build.IMAGE}", "type": "PLAINTEXT"}
    ]
    spec = json.loads(deployment.one("aws:codebuild/project:Project", "orders-build").inputs["source"]["buildspec"])
    assert "IMAGE" in spec["env"]["exported-variables"]


def test_a_deployment_reaches_its_own_target_alone():
    deployment = pipeline(GIT)
    environment = environment_of(deployment, "orders-prod-deploy")

    assert environment["STACK"] == "example/worker-service/prod"
    assert environment["TARGET_REGION"] == "eu-central-1"
    assert environment["DEPLOY_ROLE_ARN"] == "arn:aws:iam::333344445555:role/worker-deploy"
    assert environment["PULUMI_BACKEND_URL"] == "https://api.pulumi.com"
    for stack, account in (("staging", "222233334444"), ("prod", "333344445555")):
        statements = policy_of(deployment, f"orders-{stack}-deploy-role-policy")
        assert statements["AssumeTargetRole"]["Resource"] == f"arn:aws:iam::{account}:role/worker-deploy"
        assert statements["ReadPulumiSecrets"]["Resource"] == [TOKEN_ARN]


def test_the_access_token_is_read_from_secrets_manager():
    project = pipeline(GIT).one("aws:codebuild/project:Project", "orders-staging-deploy")
    spec = json.loads(project.inputs["source"]["buildspec"])

    assert spec["env"]["secrets-manager"] == {"PULUMI_ACCESS_TOKEN": TOKEN_ARN}
    assert spec["env"]["variables"]["TEST_COMMAND"] == "pytest tests/smoke"


def test_a_state_bucket_and_a_secrets_key_reach_the_deploy_role():
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/57a7e"
    deployment = pipeline(
        GIT,
        state_backend_url="s3://state/orders",
        access_token_secret_arn=None,
        secrets_provider=f"awskms:///{key}?region=eu-west-1",
    )
    statements = policy_of(deployment, "orders-prod-deploy-role-policy")

    assert statements["ListState"]["Resource"] == "arn:aws:s3:::state"
    assert statements["KeepState"]["Resource"] == "arn:aws:s3:::state/orders/*"
    assert statements["UseSecretsProvider"]["Resource"] == key
    assert "ReadPulumiSecrets" not in statements


def test_an_ecs_deployment_acts_as_the_targets_role_which_may_read_the_artifact():
    deployment = pipeline(GIT)
    [deploy_action] = stages_of(deployment)[4]["actions"]
    role = "arn:aws:iam::444455556666:role/ecs-deploy"

    assert deploy_action["roleArn"] == role
    assert deploy_action["configuration"] == {
        "ClusterName": "workers",
        "ServiceName": "orders",
        "FileName": "imagedefinitions.json",
    }
    assert policy_of(deployment, "orders-pipeline-role-policy")["AssumeActionRoles"]["Resource"] == [role]
    for type_ in ("aws:kms/keyPolicy:KeyPolicy", "aws:s3/bucketPolicy:BucketPolicy"):
        [reading] = [
            statement
            for statement in json.loads(deployment.one(type_).inputs["policy"])["Statement"]
            if statement["Sid"] == "ReadArtifacts"
        ]
        assert reading["Principal"] == {"AWS": [role]}


def test_an_address_is_told_of_failures_and_asked_for_approvals():
    deployment = pipeline(GIT, notification_email="team@example.com")
    topic_arn = deployment.registered_outputs[deployment.one("workers:index:Notices").urn]["topic_arn"]
    rule = json.loads(deployment.one("aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"])
    subscription = deployment.one("aws:sns/topicSubscription:TopicSubscription").inputs
    approval = stages_of(deployment)[3]["actions"][0]
    pipeline_name = deployment.outputs_of(deployment.result)["pipeline_arn"].rsplit(":", 1)[-1]

    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "team@example.com")
    assert rule["detail"] == {"pipeline": [pipeline_name], "state": ["FAILED"]}
    assert deployment.one("aws:cloudwatch/eventTarget:EventTarget").inputs["arn"] == topic_arn
    assert approval["configuration"]["NotificationArn"] == topic_arn
    assert policy_of(deployment, "orders-pipeline-role-policy")["AskForApproval"]["Resource"] == topic_arn


def test_an_existing_topic_is_told_instead():
    topic_arn = f"arn:aws:sns:eu-west-1:{ACCOUNT}:alerts"
    deployment = pipeline(GIT, notification_topic_arn=topic_arn)

    assert deployment.all("aws:sns/topic:Topic") == []
    assert deployment.one("aws:cloudwatch/eventTarget:EventTarget").inputs["arn"] == topic_arn


def test_the_outputs_of_a_pipeline():
    deployment = pipeline(GIT)
    outputs = deployment.outputs_of(deployment.result)
    name = outputs["pipeline_arn"].rsplit(":", 1)[-1]

    assert outputs["repository_url"].startswith(f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/orders-repository-")
    assert outputs["pipeline_url"] == (
        f"https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region=eu-west-1"
    )
    assert (outputs["image"], outputs["source_uri"]) == (None, None)


def test_the_image_of_a_folder_is_named_by_digest_and_built_from_its_content():
    deployment = pipeline(DIRECTORY, build_timeout_minutes=20)
    build = deployment.one("pulumi-python:dynamic/workers:ImageBuild").inputs
    tag = content_tag("service", dockerfile="Dockerfile", architecture=Architecture.X86_64)
    outputs = deployment.outputs_of(deployment.result)

    assert build["image_tag"] == tag
    assert build["timeout_minutes"] == 20 + 60
    assert outputs["image"].startswith(f"{outputs['repository_url']}@sha256:")
    assert outputs["pipeline_arn"] is None


def test_the_upload_waits_until_the_bucket_is_closed_and_the_project_may_build():
    deployment = pipeline(DIRECTORY)
    build = deployment.one("pulumi-python:dynamic/workers:ImageBuild")

    for name in ("orders-artifacts-public-access", "orders-artifacts-policy", "orders-build-role-policy"):
        [needed] = [resource for resource in deployment.resources if resource.name == name]
        assert needed.urn in build.dependencies


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
