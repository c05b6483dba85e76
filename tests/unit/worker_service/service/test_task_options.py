"""What a task may have beside its defaults, and what its roles may: and what is refused of both."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.support.deploy import deploy
from tests.support.worker_service import container, deployed, document, problems_of, worker_service

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
EFS = {"file_system_id": "fs-0a1b2c3d", "access_point_id": "fsap-0a1b2c3d", "container_path": "/data"}
FILE = "arn:aws:s3:::settings/shop/prod.env"
BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def statements(role_policy: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in role_policy["Statement"]}


def task_role_policy(**args: Any) -> dict[str, dict[str, Any]]:
    return statements(document(deployed(**args), "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy"))


def test_capacity_is_a_strategy_with_and_without_spot():
    plain, spot = (
        deployed().one(SERVICE).inputs,
        deployed(spot={"on_demand_base": 1, "spot_weight": 3}).one(SERVICE).inputs,
    )

    assert not {"launchType"} & {*plain, *spot}
    assert plain["forceNewDeployment"] is spot["forceNewDeployment"] is True
    assert plain["capacityProviderStrategies"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert spot["capacityProviderStrategies"] == [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 0},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3},
    ]


def test_storage_and_platform():
    deployment = deployed(ephemeral_storage_gib=100, platform_version="1.4.0")

    assert deployment.one(TASK_DEFINITION).inputs["ephemeralStorage"] == {"sizeInGib": 100}
    assert deployment.one(SERVICE).inputs["platformVersion"] == "1.4.0"
    assert "ephemeralStorage" not in deployed().one(TASK_DEFINITION).inputs


def test_a_file_system_is_mounted_through_its_access_point_with_iam_and_encryption():
    args = {"efs_volumes": {"data": EFS, "models": {**EFS, "container_path": "/models", "read_only": True}}}
    deployment = deployed(**args)
    [_, data, _] = deployment.one(TASK_DEFINITION).inputs["volumes"]
    policy = task_role_policy(**args)

    assert data == {
        "name": "data",
        "efsVolumeConfiguration": {
            "fileSystemId": "fs-0a1b2c3d",
            "transitEncryption": "ENABLED",
            "authorizationConfig": {"accessPointId": "fsap-0a1b2c3d", "iam": "ENABLED"},
        },
    }
    assert container(deployment)["mountPoints"][1:] == [
        {"sourceVolume": "data", "containerPath": "/data", "readOnly": False},
        {"sourceVolume": "models", "containerPath": "/models", "readOnly": True},
    ]
    assert policy["MountFileSystem0"] == {
        "Sid": "MountFileSystem0",
        "Effect": "Allow",
        "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        "Resource": "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-0a1b2c3d",
        "Condition": {
            "StringEquals": {
                "elasticfilesystem:AccessPointArn": (
                    "arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-0a1b2c3d"
                )
            }
        },
    }
    assert policy["MountFileSystem1"]["Action"] == ["elasticfilesystem:ClientMount"]
    egress = deployment.one("aws:ec2/securityGroup:SecurityGroup").inputs["egress"]
    assert [rule["fromPort"] for rule in egress] == [443, 2049]


def test_how_the_container_starts_and_ends():
    made = container(
        deployed(
            entry_point=["opentelemetry-instrument"],
            command=["python", "-m", "worker_runtime"],
            user="1000:1000",
            stop_timeout_seconds=30,
            open_files_limit=4_096,
        )
    )
    variables = {entry["name"]: entry["value"] for entry in made["environment"]}

    assert made["entryPoint"] == ["opentelemetry-instrument"]
    assert made["command"] == ["python", "-m", "worker_runtime"]
    assert made["user"] == "1000:1000"
    assert made["stopTimeout"] == 30
    assert variables["WORKER_STOP_TIMEOUT_SECONDS"] == "30"
    assert made["ulimits"] == [{"name": "nofile", "softLimit": 4_096, "hardLimit": 4_096}]
    plain = container(deployed())
    assert (plain["user"], plain["stopTimeout"]) == ("10001", 120)
    assert not {"entryPoint", "command", "ulimits", "environmentFiles"} & plain.keys()


@pytest.mark.parametrize(
    ("processing", "stop", "protected"), [(100, 120, "false"), (101, 120, "true"), (20, 30, "true")]
)
def test_work_that_outlasts_the_stop_timeout_is_protected(processing: int, stop: int, protected: str):
    made = container(
        deployed(message_processing_seconds=processing, acceptable_latency_seconds=200, stop_timeout_seconds=stop)
    )
    variables = {entry["name"]: entry["value"] for entry in made["environment"]}

    assert variables["WORKER_SCALE_IN_PROTECTION"] == protected


def test_environment_files_are_read_by_the_execution_role_alone():
    deployment = deployed(environment_files=[FILE])
    policy = statements(document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy"))

    assert container(deployment)["environmentFiles"] == [{"value": FILE, "type": "s3"}]
    assert policy["ReadEnvironmentFiles"]["Resource"] == [FILE]
    assert policy["FindEnvironmentFiles"]["Resource"] == ["arn:aws:s3:::settings"]


def test_names_of_variables_are_what_ecs_takes():
    made = container(deployed(environment={"spring.profile-name": "prod"}))

    assert {"name": "spring.profile-name", "value": "prod"} in made["environment"]


def test_roles_are_as_a_company_wants_them():
    deployment = deployed(
        permissions_boundary_arn=BOUNDARY,
        role_path="/teams/shop/",
        task_policies={"bucket": READ},
        managed_policy_arns=["arn:aws:iam::aws:policy/AmazonBedrockReadOnly"],
    )
    roles = deployment.all("aws:iam/role:Role")

    assert [role.inputs["permissionsBoundary"] for role in roles] == [BOUNDARY] * 2
    assert [role.inputs["path"] for role in roles] == ["/teams/shop/"] * 2
    assert document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-bucket-task-policy") == READ
    attached = deployment.one(ATTACHMENT).inputs
    assert attached["policyArn"] == "arn:aws:iam::aws:policy/AmazonBedrockReadOnly"
    assert attached["role"] == deployment.outputs_of(deployment.result)["task_role_name"]


def test_a_managed_policy_keeps_its_attachment_wherever_it_stands_in_the_list():
    def attachments(*arns: str) -> dict[str, str]:
        deployment = deployed(managed_policy_arns=list(arns))
        return {each.urn: each.inputs["policyArn"] for each in deployment.all(ATTACHMENT)}

    ours, theirs = "arn:aws:iam::111122223333:policy/team/Read", "arn:aws:iam::aws:policy/Read"
    both = attachments(ours, theirs)

    assert sorted(both.values()) == [ours, theirs]
    assert attachments(theirs, ours) == both
    assert attachments(theirs).items() <= both.items()


def test_an_attachment_is_the_one_that_was_named_by_its_place():
    attached = deployed(managed_policy_arns=["arn:aws:iam::aws:policy/Read"]).one(ATTACHMENT)

    assert attached.name == "orders-task-policy-aws-Read"
    assert attached.aliases == ({"name": "orders-task-policy-0"},)


def test_a_managed_policy_that_the_program_makes_is_attached():
    arn = "arn:aws:iam::111122223333:policy/made"
    deployment = deploy(lambda: worker_service(managed_policy_arns=[pulumi.Output.from_input(arn)]))

    assert deployment.one(ATTACHMENT, "orders-task-policy-0").inputs["policyArn"] == arn


def test_efs_is_reached_once_where_its_port_is_one_of_the_users_too():
    egress = deployed(efs_volumes={"data": EFS}, egress_ports=[443, 2049]).one(SECURITY_GROUP).inputs["egress"]

    assert [rule["fromPort"] for rule in egress] == [443, 2049]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (
            {"spot": {"spot_weight": 0}},
            "spot: on_demand_weight and spot_weight are both 0; no task beyond on_demand_base could start",
        ),
        ({"ephemeral_storage_gib": 20}, "ephemeral_storage_gib: 20 is not a whole number from 21 to 200"),
        ({"efs_volumes": {"a": EFS, "b": EFS}}, "efs_volumes: /data stands twice"),
        (
            {"efs_volumes": {"a": {**EFS, "container_path": "/tmp"}}},
            "efs_volumes: /tmp is the task's own volume",
        ),
        (
            {"efs_volumes": {"a": {**EFS, "container_path": "/var/log/amazon/"}}, "enable_execute_command": True},
            "efs_volumes: /var/log/amazon is the task's own volume",
        ),
        (
            {"efs_volumes": {"tmp-agent": EFS}, "sidecars": {"agent": {"image": "agent:1"}}},
            "efs_volumes.tmp-agent: is the name of a sidecar's own volume; choose another one",
        ),
        (
            {"efs_volumes": {"tmp-log-router": EFS}, "log_router": {"memory": 64}},
            "efs_volumes.tmp-log-router: is the name of a sidecar's own volume; choose another one",
        ),
        (
            {"environment_files": ["arn:aws:s3:::settings/prod.txt"]},
            (
                "environment_files[0]: 'arn:aws:s3:::settings/prod.txt' is not the ARN of an object in S3 whose key"
                " ends in .env"
            ),
        ),
        (
            {"role_path": "teams"},
            "role_path: 'teams' is not a path that begins and ends with a slash, such as /teams/shop/",
        ),
        (
            {"task_policies": {"a": {"Statement": "x"}}},
            "task_policies.a.Statement: 'x' is not a list of statements",
        ),
        (
            {"task_policies": {"a": {"Statement": [{"Sid": "x" * 7_000}]}}},
            (
                "task_policies: 7026 characters are more than 6240, what a role has left; make a managed policy of"
                " them, for managed_policy_arns"
            ),
        ),
        (
            {"task_role_arn": "arn:aws:iam::111122223333:role/r", "task_policies": {"a": READ}},
            "task_policies: is for a task role made here; attach it to the existing one yourself",
        ),
        ({"environment": {"1x": "y"}}, "environment key: '1x' is not a name of letters, digits and _ . -"),
    ],
)
def test_what_is_refused(args: dict[str, Any], problem: str):
    assert problems_of(**args) == [problem]
