"""Each role of a deployed pipeline makes its own calls with its own credentials, and is denied a list of others.

The roles, their policies and what they name are those that the program deploys to the emulator, which judges every call
by the policies of caller and resource. moto's own enforcement would not do: it checks ARNs of SQS, IAM, STS and S3
alone, and denies every policy that names a key, a repository, a project or a secret. Nor can the emulator judge
CodeConnections, which moto does not have: tests/unit/components/test_pipeline_permissions.py does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.aws import Aws
from tests.support.emulator import ACCOUNT, REGION, refused
from tests.support.pipeline_account import MANIFEST, PipelineAccount, pipeline_account

pytestmark = pytest.mark.slow

CONTAINER = {"name": "worker", "image": "worker", "memory": 128}
ACCESS_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
#: CodePipeline writes the first 20 characters of the pipeline's name, then the artifact's.
SOURCE = "pipeline-pipeline-1a/Source/a1"
Call = Callable[["Names", Aws], Any]


class Names:
    """What was deployed, and what belongs to somebody else."""

    def __init__(self, account: PipelineAccount) -> None:
        admin = account.admin
        self.account = account
        self.repository = account.name_of("ecr", "pipeline-repository")
        self.cache = account.name_of("ecr", "pipeline-cache")
        self.bucket = account.name_of("s3", "pipeline-artifacts")
        self.secret = account.secret_arn
        self.topic = next(
            t["TopicArn"] for t in admin("sns").list_topics()["Topics"] if "pipeline-notices" in t["TopicArn"]
        )
        self.key = admin("sns").get_topic_attributes(TopicArn=self.topic)["Attributes"]["KmsMasterKeyId"]
        admin("s3").put_object(Bucket=self.bucket, Key=SOURCE, Body=b"archive")
        digest = admin("ecr").put_image(repositoryName=self.repository, imageManifest=MANIFEST, imageTag="built")
        self.digest = digest["image"]["imageId"]["imageDigest"]
        self._make_what_is_somebody_elses(admin)
        self._make_ecs_service(admin)

    def _make_what_is_somebody_elses(self, admin: Callable[[str], Any]) -> None:
        self.other_repository = "invoices"
        admin("ecr").create_repository(repositoryName=self.other_repository)
        admin("ecr").put_image(repositoryName=self.other_repository, imageManifest=MANIFEST, imageTag="built")
        self.other_bucket = "invoices"
        place = {"LocationConstraint": REGION}
        admin("s3").create_bucket(Bucket=self.other_bucket, CreateBucketConfiguration=place)
        admin("s3").put_object(Bucket=self.other_bucket, Key="x", Body=b"")
        self.other_secret = admin("secretsmanager").create_secret(Name="invoices", SecretString="x")["ARN"]
        self.other_topic = admin("sns").create_topic(Name="invoices")["TopicArn"]
        self.other_key = admin("kms").create_key()["KeyMetadata"]["Arn"]
        self.secret_of_other_key = admin("kms").encrypt(KeyId=self.other_key, Plaintext=b"x")["CiphertextBlob"]
        self.secret_of_key = admin("kms").encrypt(KeyId=self.key, Plaintext=b"x")["CiphertextBlob"]
        admin("codebuild").create_project(
            name="invoices",
            source={"type": "NO_SOURCE", "buildspec": "{}", "location": "none"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=f"arn:aws:iam::{ACCOUNT}:role/invoices",
        )
        self.other_role = f"arn:aws:iam::{ACCOUNT}:role/admin"

    def _make_ecs_service(self, admin: Callable[[str], Any]) -> None:
        ecs = admin("ecs")
        ecs.create_cluster(clusterName="workers")
        task = ecs.register_task_definition(family="orders", containerDefinitions=[CONTAINER])
        for service in ("orders", "invoices"):
            ecs.create_service(
                cluster="workers", serviceName=service, taskDefinition=task["taskDefinition"]["taskDefinitionArn"]
            )

    def project(self, stem: str) -> str:
        return self.account.name_of("codebuild", stem)

    def log_group(self, stem: str) -> str:
        return self.account.name_of("logs", f"{stem}-log-group")


def log(stem: str) -> Call:
    def call(names: Names, role: Aws) -> None:
        group = names.log_group(stem)
        role.client("logs").create_log_stream(logGroupName=group, logStreamName=f"{stem}-1")
        event = {"timestamp": 1_800_000_000_000, "message": "began"}
        role.client("logs").put_log_events(logGroupName=group, logStreamName=f"{stem}-1", logEvents=[event])

    return call


def read_source(names: Names, role: Aws) -> None:
    role.client("s3").get_object(Bucket=names.bucket, Key=SOURCE)["Body"].read()


def write_artifact(names: Names, role: Aws) -> None:
    role.client("s3").put_object(Bucket=names.bucket, Key="pipeline-pipeline-1a/Image/a1", Body=b"x")


def overwrite_the_source(names: Names, role: Aws) -> None:
    role.client("s3").put_object(Bucket=names.bucket, Key=SOURCE, Body=b"x")


def delete_artifact(names: Names, role: Aws) -> None:
    role.client("s3").delete_object(Bucket=names.bucket, Key=SOURCE)


def read_another_bucket(names: Names, role: Aws) -> None:
    role.client("s3").get_object(Bucket=names.other_bucket, Key="x")


def look_at_bucket(names: Names, role: Aws) -> None:
    role.client("s3").get_bucket_location(Bucket=names.bucket)
    role.client("s3").get_bucket_acl(Bucket=names.bucket)


def pull(which: str) -> Call:
    return lambda names, role: role.client("ecr").batch_get_image(
        repositoryName=getattr(names, which), imageIds=[{"imageTag": "built"}]
    )


def push(which: str, tag: str) -> Call:
    return lambda names, role: role.client("ecr").put_image(
        repositoryName=getattr(names, which), imageManifest=MANIFEST, imageTag=tag
    )


def delete_image(names: Names, role: Aws) -> None:
    role.client("ecr").batch_delete_image(repositoryName=names.repository, imageIds=[{"imageTag": "built"}])


def use_key(names: Names, role: Aws) -> None:
    role.client("kms").generate_data_key(KeyId=names.key, KeySpec="AES_256")
    role.client("kms").decrypt(CiphertextBlob=names.secret_of_key)


def decrypt(names: Names, role: Aws) -> None:
    role.client("kms").decrypt(CiphertextBlob=names.secret_of_key)


def encrypt(names: Names, role: Aws) -> None:
    role.client("kms").encrypt(KeyId=names.key, Plaintext=b"x")


def decrypt_with_another_key(names: Names, role: Aws) -> None:
    role.client("kms").decrypt(CiphertextBlob=names.secret_of_other_key)


def read_secret(which: str) -> Call:
    return lambda names, role: role.client("secretsmanager").get_secret_value(SecretId=getattr(names, which))


def start_build(stem: str) -> Call:
    return lambda names, role: role.client("codebuild").start_build(
        projectName=stem if stem == "invoices" else names.project(stem)
    )


def publish(which: str) -> Call:
    return lambda names, role: role.client("sns").publish(TopicArn=getattr(names, which), Message="Deploy?")


def assume(role_name: str) -> Call:
    def call(names: Names, role: Aws) -> None:
        role.client("sts").assume_role(RoleArn=names.account.role(role_name), RoleSessionName="test")

    return call


def pass_role(stem: str, family: str = "worker-service-staging-worker") -> Call:
    """Register a task definition whose tasks act as the role."""
    return lambda _names, role: role.client("ecs").register_task_definition(
        family=family,
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{stem}",
        containerDefinitions=[CONTAINER],
    )


def update_service(service: str) -> Call:
    return lambda _names, role: role.client("ecs").update_service(cluster="workers", service=service, desiredCount=1)


def follow_deployment(service: str) -> Call:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/environment-cluster-1a2b3c4/{service}/d1"
    return lambda _names, role: role.client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])


def look_at_task(cluster: str) -> Call:
    return lambda _names, role: role.client("ecs").describe_tasks(cluster=cluster, tasks=["0a1b2c3d"])


def make_role(name: str) -> Call:
    return lambda _names, role: role.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")


def make_queue(name: str) -> Call:
    return lambda _names, role: role.client("sqs").create_queue(QueueName=name)


def make_topic(name: str) -> Call:
    return lambda _names, role: role.client("sns").create_topic(Name=name)


def make_log_group(name: str) -> Call:
    return lambda _names, role: role.client("logs").create_log_group(logGroupName=name)


def receive_from_its_queue(names: Names, role: Aws) -> None:
    url = names.account.admin("sqs").create_queue(QueueName="worker-queue-2")["QueueUrl"]
    role.client("sqs").receive_message(QueueUrl=url)


#: Each role's calls by what they do: those that its work needs, and those that it must not make.
ROLES: dict[str, tuple[dict[str, Call], dict[str, Call]]] = {
    "build": (
        {
            "write its log": log("pipeline-build"),
            "read the source": read_source,
            "write its artifact": write_artifact,
            "look at the bucket": look_at_bucket,
            "use the key": use_key,
            "log in": lambda _names, role: role.client("ecr").get_authorization_token(),
            "look for the image": lambda names, role: role.client("ecr").describe_images(
                repositoryName=names.repository
            ),
            "pull": pull("repository"),
            "push": push("repository", "pushed"),
            "pull the cache": pull("cache"),
            "push the cache": push("cache", "linux-amd64"),
        },
        {
            "write another log": log("pipeline-mark"),
            "pull from another repository": pull("other_repository"),
            "push to another repository": push("other_repository", "stolen"),
            "delete an image": delete_image,
            "decrypt with another key": decrypt_with_another_key,
            "read another bucket": read_another_bucket,
            "overwrite the source": overwrite_the_source,
            "delete an artifact": delete_artifact,
            "read the access token": read_secret("secret"),
            "start a build": start_build("pipeline-build"),
            "assume a target's role": assume("staging-deploy"),
            "pass a role": pass_role("worker-task-role-1a2b3c4"),
        },
    ),
    "deploy": (
        {
            "write its log": log("pipeline-staging-deploy"),
            "read the source": read_source,
            "decrypt artifacts": decrypt,
            "mark the image": lambda names, role: (
                pull("repository")(names, role),
                push("repository", "deployed.staging.1")(names, role),
            ),
            "read the access token": read_secret("secret"),
            "assume its target's role": assume("staging-deploy"),
        },
        {
            "assume another target's role": assume("edge-deploy"),
            "write an artifact": write_artifact,
            "encrypt": encrypt,
            "decrypt with another key": decrypt_with_another_key,
            "pull from another repository": pull("other_repository"),
            "mark another repository's image": push("other_repository", "deployed.staging.1"),
            "delete an image": delete_image,
            "read another secret": read_secret("other_secret"),
            "pass a role": pass_role("worker-task-role-1a2b3c4"),
            "update a service": update_service("orders"),
        },
    ),
    "mark": (
        {
            "write its log": log("pipeline-mark"),
            "read the source": read_source,
            "mark the image": lambda names, role: (
                pull("repository")(names, role),
                push("repository", "deployed.edge.1")(names, role),
            ),
        },
        {
            "mark another repository's image": push("other_repository", "deployed.edge.1"),
            "delete an image": delete_image,
            "write an artifact": write_artifact,
            "read the access token": read_secret("secret"),
            "assume a target's role": assume("edge-deploy"),
            "decrypt with another key": decrypt_with_another_key,
            "update a service": update_service("orders"),
        },
    ),
    "pipeline": (
        {
            "read the source": read_source,
            "write an artifact": write_artifact,
            "find the source": lambda names, role: role.client("s3").get_bucket_versioning(Bucket=names.bucket),
            "use the key": use_key,
            "start the build": start_build("pipeline-build"),
            "start the deployment": start_build("pipeline-staging-deploy"),
            "start the marking": start_build("pipeline-mark"),
            "assume the role of ECS's action": assume("edge-deploy"),
            "ask for an approval": publish("topic"),
        },
        {
            "start another build": start_build("invoices"),
            "assume the role of pulumi up": assume("staging-deploy"),
            "publish to another topic": publish("other_topic"),
            "pull an image": pull("repository"),
            "decrypt with another key": decrypt_with_another_key,
            "read the access token": read_secret("secret"),
            "delete an artifact": delete_artifact,
            "update a service itself": update_service("orders"),
            "pass a role": pass_role("worker-task-role-1a2b3c4"),
        },
    ),
    "staging-deploy": (
        {
            "make a topic": make_topic("worker-topic-1a2b3c4"),
            "make a queue": make_queue("worker-queue-1a2b3c4"),
            "make a log group": make_log_group("worker-log-group-1a2b3c4"),
            "make a key": lambda _names, role: role.client("kms").create_key(),
            "make a task role": make_role("worker-task-role-9f9f9f9"),
            "make a network": lambda _names, role: role.client("ec2").create_vpc(CidrBlock="10.0.0.0/16"),
            "pass a task role to tasks": pass_role("worker-task-role-1a2b3c4"),
        },
        {
            "make another's topic": make_topic("invoices-topic"),
            "make another's queue": make_queue("invoices-queue"),
            "make another's log group": make_log_group("invoices-log-group"),
            "make another role": make_role("admin"),
            "pass another role": pass_role("admin"),
            "register another's task definition": pass_role("worker-task-role-1a2b3c4", "invoices"),
            "follow another's deployment": follow_deployment("invoices"),
            "receive messages": receive_from_its_queue,
            "publish": publish("topic"),
            "decrypt": decrypt,
            "read artifacts": read_source,
            "pull an image": pull("repository"),
            "read the access token": read_secret("secret"),
            "update another's service": update_service("invoices"),
            "start an instance": lambda _names, role: role.client("ec2").run_instances(
                ImageId="ami-12345678", MinCount=1, MaxCount=1
            ),
        },
    ),
    "edge-deploy": (
        {
            "read the artifact": read_source,
            "look at the service": lambda _names, role: role.client("ecs").describe_services(
                cluster="workers", services=["orders"]
            ),
            "read the task definition": lambda _names, role: role.client("ecs").describe_task_definition(
                taskDefinition="orders"
            ),
            "list the cluster's tasks": lambda _names, role: role.client("ecs").list_tasks(cluster="workers"),
            "look at a task": look_at_task("workers"),
            "register a task definition": pass_role("worker-task-role-1a2b3c4", "orders"),
            "update the service": update_service("orders"),
        },
        {
            "update another service": update_service("invoices"),
            "list another cluster's tasks": lambda _names, role: role.client("ecs").list_tasks(cluster="invoices"),
            "look at another cluster's task": look_at_task("invoices"),
            "pass another role": pass_role("admin", "orders"),
            "decrypt with another key": decrypt_with_another_key,
            "read another bucket": read_another_bucket,
            "write an artifact": write_artifact,
            "make a queue": make_queue("worker-queue-3"),
            "read the access token": read_secret("secret"),
        },
    ),
}
ALLOWED = [(role, what) for role, (allowed, _) in ROLES.items() for what in allowed]
DENIED = [(role, what) for role, (_, denied) in ROLES.items() for what in denied]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Names]:
    with pipeline_account(tmp_path_factory.mktemp("account")) as account:
        yield Names(account)


@pytest.fixture(scope="module")
def roles(names: Names) -> dict[str, Aws]:
    """Calls as each role; those of the targets are assumed by the pipeline's own, as their trust policies want it."""
    account = names.account
    deploy, pipeline = (account.as_service_role(f"pipeline-{stem}-role") for stem in ("staging-deploy", "pipeline"))
    return {
        "build": account.as_service_role("pipeline-build-role"),
        "deploy": deploy,
        "mark": account.as_service_role("pipeline-mark-role"),
        "pipeline": pipeline,
        "staging-deploy": account.assumed(deploy, account.role("staging-deploy")),
        "edge-deploy": account.assumed(pipeline, account.role("edge-deploy")),
    }


@pytest.mark.parametrize(("role", "what"), ALLOWED)
def test_a_role_does_its_work(names: Names, roles: dict[str, Aws], role: str, what: str):
    ROLES[role][0][what](names, roles[role])


@pytest.mark.parametrize(("role", "what"), DENIED)
def test_a_role_is_denied_the_rest(names: Names, roles: dict[str, Aws], role: str, what: str):
    code, status, message = refused(lambda: ROLES[role][1][what](names, roles[role]))

    assert code in ACCESS_DENIED, message
    assert status in (400, 403)
    assert "not authorized to perform" in message


def test_a_targets_role_brings_up_the_whole_stack(names: Names, roles: dict[str, Aws]):
    hours = {"schedule": "cron(0 8 ? * MON-FRI *)", "timezone": "Europe/Berlin", "min_count": 1, "max_count": 9}
    exports = names.account.deploy_service(
        "staging",
        roles["staging-deploy"],
        alarm_email="team@example.com",
        schedules=json.dumps({"office-hours": hours}),
    )

    assert exports["queue_url"]
    assert exports["vpc_id"]


def test_nobody_else_in_the_account_may_assume_a_targets_role(names: Names):
    for call in (assume("staging-deploy"), assume("edge-deploy")):
        assert refused(call, names=names, role=names.account.aws)[0] == "AccessDenied"
