"""PipelineComponent under mocks: its build and stages, what starts it, what a deployment reaches, who is told."""

from __future__ import annotations

import json

import pytest

from tests.support.aws_outputs import ACCOUNT
from tests.support.pipelines import (
    BY_ECS,
    CONNECTION_ARN,
    DIRECTORY,
    GIT,
    STAGING,
    TOKEN_ARN,
    environment_of,
    pipeline,
    policy_of,
    stages_of,
)
from worker_service.pipeline.artifact_store import artifact_keys

#: The program and its stacks' files, as CodePipeline's filter spells them.
PROGRAM = ["*.py", "Pulumi*.yaml", "requirements.txt", "components/**"]


@pytest.mark.parametrize(
    ("architecture", "type_", "image"),
    [
        ("X86_64", "LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:6.0"),
        ("ARM64", "ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:4.0"),
    ],
)
def test_an_image_is_built_on_a_machine_of_its_architecture(architecture: str, type_: str, image: str):
    project = pipeline(GIT, architecture=architecture).one("aws:codebuild/project:Project", "orders-build").inputs

    assert (project["environment"]["type"], project["environment"]["image"]) == (type_, image)
    platform = json.loads(project["source"]["buildspec"])["env"]["variables"]["PLATFORM"]
    assert platform == ("linux/arm64" if architecture == "ARM64" else "linux/amd64")


def test_only_the_build_is_privileged():
    projects = pipeline(GIT).all("aws:codebuild/project:Project")

    assert {p.name: p.inputs["environment"]["privilegedMode"] for p in projects} == {
        "orders-build": True,
        "orders-mark": False,
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
        ("Deploy-edge", "CodeBuild", 1),
        ("Deploy-edge", "ECS", 2),
    ]
    inputs = deployment.one("aws:codepipeline/pipeline:Pipeline").inputs
    assert (inputs["pipelineType"], inputs["executionMode"]) == ("V2", "QUEUED")


def test_a_push_below_service_dir_starts_it_and_nothing_polls():
    deployment = pipeline(GIT, branch="release")
    [trigger] = deployment.one("aws:codepipeline/pipeline:Pipeline").inputs["triggers"]
    [source] = stages_of(deployment)[0]["actions"]

    assert trigger["gitConfiguration"] == {
        "sourceActionName": "Source",
        "pushes": [{"branches": {"includes": ["release"]}, "filePaths": {"includes": ["worker/**", *PROGRAM]}}],
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
    _, deploy_action = stages_of(deployment)[4]["actions"]
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


def test_an_image_is_marked_before_ecs_deploys_it():
    deployment = pipeline(GIT)
    mark, deploy_action = stages_of(deployment)[4]["actions"]

    assert [(action["name"], action["runOrder"]) for action in (mark, deploy_action)] == [("Mark", 1), ("Deploy", 2)]
    assert json.loads(mark["configuration"]["EnvironmentVariables"]) == [
        {"name": "IMAGE", "value": "#{Build.IMAGE}", "type": "PLAINTEXT"},
        {"name": "DEPLOYED_TAG_PREFIX", "value": "deployed.edge.", "type": "PLAINTEXT"},
    ]
    project = deployment.one("aws:codebuild/project:Project", "orders-mark")
    repository_url = deployment.outputs_of(deployment.result)["repository_url"]
    assert environment_of(deployment, "orders-mark") == {"REPOSITORY_URL": repository_url}
    assert list(json.loads(project.inputs["source"]["buildspec"])["phases"]) == ["build"]
    assert list(policy_of(deployment, "orders-mark-role-policy")) == [
        "WriteLog",
        "UseArtifacts",
        "LookAtBucket",
        "ReadArtifacts",
        "MarkAsDeployed",
    ]


def test_all_targets_that_ecs_deploys_share_one_project_that_marks():
    targets = [BY_ECS, {**BY_ECS, "stack": "core", "deploy_role": "ecs-core", "approval": True}]
    deployment = pipeline(GIT, targets=targets)

    assert deployment.one("aws:codebuild/project:Project", "orders-mark")
    edge, core = (stage["actions"] for stage in stages_of(deployment)[2:])
    assert [action["name"] for action in core] == ["Approve", "Mark", "Deploy"]
    assert edge[0]["configuration"]["ProjectName"] == core[1]["configuration"]["ProjectName"]
    statements = policy_of(deployment, "orders-pipeline-role-policy")
    assert len(statements["StartBuilds"]["Resource"]) == 2
    assert statements["AssumeActionRoles"]["Resource"] == [
        "arn:aws:iam::444455556666:role/ecs-deploy",
        "arn:aws:iam::444455556666:role/ecs-core",
    ]


def test_a_pipeline_without_targets_for_ecs_has_no_project_that_marks():
    names = [p.name for p in pipeline(GIT, targets=[STAGING]).all("aws:codebuild/project:Project")]

    assert names == ["orders-build", "orders-staging-deploy"]


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


def test_unit_tests_can_write_the_builds_own_artifact_and_no_source():
    build = policy_of(pipeline(GIT), "orders-build-role-policy")
    bucket = build["LookAtBucket"]["Resource"]

    assert build["WriteArtifact"]["Resource"] == f"{bucket}/orders-*/Image/*"
    assert [sid for sid, statement in build.items() if "s3:PutObject" in statement["Action"]] == ["WriteArtifact"]


def test_unit_tests_of_a_folder_write_nothing_at_all():
    assert "s3:PutObject" not in str(policy_of(pipeline(DIRECTORY), "orders-build-role-policy"))


def test_the_artifacts_of_a_long_name_are_found_where_codepipeline_cuts_it_off():
    assert artifact_keys("a-pipeline-of-twenty", "Image") == "a-pipeline-of-twenty*/Image/*"


def test_a_bucket_of_another_region_keeps_the_state():
    url = "s3://state/orders?region=us-east-1"
    key = f"awskms:///arn:aws:kms:eu-west-1:{ACCOUNT}:key/57a7e"
    deployment = pipeline(GIT, targets=[STAGING], state_backend_url=url, secrets_provider=key)

    assert environment_of(deployment, "orders-staging-deploy")["PULUMI_BACKEND_URL"] == url
    statements = policy_of(deployment, "orders-staging-deploy-role-policy")
    assert statements["ListState"]["Resource"] == "arn:aws:s3:::state"
    assert statements["KeepState"]["Resource"] == "arn:aws:s3:::state/orders/*"


def test_a_deployment_may_take_as_long_as_pulumi_up_waits_for_a_service():
    projects = pipeline(GIT).all("aws:codebuild/project:Project")
    longer = pipeline(GIT, deploy_timeout_minutes=1_000).one("aws:codebuild/project:Project", "orders-prod-deploy")

    assert {p.name: p.inputs["buildTimeout"] for p in projects if p.name.endswith("-deploy")} == {
        "orders-prod-deploy": 180,
        "orders-staging-deploy": 180,
    }
    assert longer.inputs["buildTimeout"] == 1_000


TOPIC = {"notification_topic_arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:releases"}
TOPIC_KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/9f9f"


def test_an_approval_is_asked_for_through_somebodys_key():
    statements = policy_of(pipeline(GIT, **TOPIC, notification_key_arn=TOPIC_KEY_ARN), "orders-pipeline-role-policy")

    assert statements["AskForApproval"]["Resource"] == TOPIC["notification_topic_arn"]
    assert statements["UseKeyOfTopic"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert statements["UseKeyOfTopic"]["Resource"] == TOPIC_KEY_ARN


def test_a_pipeline_that_asks_for_nothing_may_use_no_key_but_its_own():
    deployment = pipeline(GIT, **TOPIC, notification_key_arn=TOPIC_KEY_ARN, targets=[STAGING])

    assert not {"AskForApproval", "UseKeyOfTopic"} & set(policy_of(deployment, "orders-pipeline-role-policy"))


def test_a_program_in_a_folder_of_its_own_starts_the_pipeline_from_there():
    [trigger] = pipeline(GIT, program_dir="deploy").one("aws:codepipeline/pipeline:Pipeline").inputs["triggers"]
    [push] = trigger["gitConfiguration"]["pushes"]

    assert push["filePaths"]["includes"] == ["worker/**", *(f"deploy/{files}" for files in PROGRAM)]


def test_where_ecs_deploys_the_program_starts_nothing():
    [trigger] = pipeline(GIT, targets=[BY_ECS]).one("aws:codepipeline/pipeline:Pipeline").inputs["triggers"]
    [push] = trigger["gitConfiguration"]["pushes"]

    assert push["filePaths"]["includes"] == ["worker/**"]
