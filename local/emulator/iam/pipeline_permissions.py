"""Which permissions the calls of a pipeline's roles need: artifacts, images, builds, logs, secrets, passed roles.

A judge answers for the calls whose resource it knows; the rest of its service is judged by the action alone. Source:
the service authorization reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.ecr.models import ecr_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.utilities.utils import get_partition

from local.emulator.account import ACCOUNT_ID, caller_account
from local.emulator.iam.caller import parse_policy
from local.emulator.iam.key_permissions import KMS_TO_READ, KMS_TO_WRITE, key_permissions
from local.emulator.iam.policy_evaluation import Permission

Parameters = Mapping[str, Any]

# S3 names some permissions otherwise than the calls.
_S3_PERMISSIONS = {"HeadObject": "GetObject", "HeadBucket": "ListBucket", "ListObjects": "ListBucket"}
_S3_PERMISSIONS |= {"ListObjectsV2": "ListBucket", "ListObjectVersions": "ListBucketVersions"}


def _arn(service: str, region: str, resource: str) -> str:
    return f"arn:{get_partition(region)}:{service}:{region}:{caller_account()}:{resource}"


def _s3(action: str, parameters: Parameters, region: str) -> list[Permission]:
    name, _, key = parameters["Path"].lstrip("/").partition("/")
    if not name:
        return [Permission(f"s3:{action}", "*")]
    permission = _S3_PERMISSIONS.get(action, action)
    if "versionId" in parameters and permission in ("GetObject", "DeleteObject"):
        permission += "Version"
    arn = f"arn:{get_partition(region)}:s3:::{name}"
    if action == "DeleteObjects":
        # Each of its keys needs the right to delete that. They are in the body, which is not read here.
        permission, key = "DeleteObject", "*"
    bucket = s3_backends[ACCOUNT_ID][get_partition(region)].buckets.get(name)
    policy = parse_policy(bucket.policy.decode()) if bucket and bucket.policy else None
    context = {"aws:ResourceAccount": ACCOUNT_ID}
    permissions = [Permission(f"s3:{permission}", f"{arn}/{key}" if key else arn, policy, context=context)]
    if bucket and permission in ("GetObject", "GetObjectVersion"):
        permissions += _bucket_key_permissions(bucket, KMS_TO_READ)
    if bucket and permission == "PutObject":
        permissions += _bucket_key_permissions(bucket, KMS_TO_WRITE)
    return permissions


def _bucket_key_permissions(bucket: FakeBucket, actions: tuple[str, ...]) -> list[Permission]:
    """The actions on the key that the bucket encrypts with by default; none where S3's own key does."""
    rule = (bucket.encryption or {}).get("Rule", {})
    key_id = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
    return key_permissions("s3", key_id, bucket.region_name, actions, {})


def _ecr(action: str, parameters: Parameters, region: str) -> list[Permission]:
    name = parameters.get("repositoryName")
    if not name:
        return [Permission(f"ecr:{action}", "*")]
    repository = ecr_backends[ACCOUNT_ID][region].repositories.get(name)
    policy = parse_policy(repository.policy) if repository and repository.policy else None
    return [Permission(f"ecr:{action}", _arn("ecr", region, f"repository/{name}"), policy)]


def _codebuild(action: str, parameters: Parameters, region: str) -> list[Permission]:
    names = [*parameters.get("names", []), *(build.split(":")[0] for build in parameters.get("ids", []))]
    if "projectName" in parameters:
        names.append(parameters["projectName"])
    return [Permission(f"codebuild:{action}", _arn("codebuild", region, f"project/{name}")) for name in names] or [
        Permission(f"codebuild:{action}", None)
    ]


def _logs(action: str, parameters: Parameters, region: str) -> list[Permission]:
    group, stream = parameters.get("logGroupName"), parameters.get("logStreamName")
    if not group:
        return [Permission(f"logs:{action}", None)]
    resource = f"log-group:{group}" + (f":log-stream:{stream}" if stream else "")
    return [Permission(f"logs:{action}", _arn("logs", region, resource))]


def _secretsmanager(action: str, parameters: Parameters, _region: str) -> list[Permission]:
    secret = parameters.get("SecretId", "")
    # A secret's ARN ends in random characters, so one that is asked for by name is judged by the action.
    return [Permission(f"secretsmanager:{action}", secret if secret.startswith("arn:") else None)]


def _ecs(action: str, parameters: Parameters, region: str) -> list[Permission]:
    if action == "RegisterTaskDefinition":
        roles = [parameters[key] for key in ("taskRoleArn", "executionRoleArn") if parameters.get(key)]
        passed = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
        # What is registered has no revision yet.
        family = _arn("ecs", region, f"task-definition/{parameters['family']}")
        return [
            Permission("ecs:RegisterTaskDefinition", family),
            *(Permission("iam:PassRole", arn, context=passed) for arn in roles),
        ]
    if "serviceDeploymentArns" in parameters:
        return [Permission(f"ecs:{action}", arn) for arn in parameters["serviceDeploymentArns"]]
    services = [*parameters.get("services", []), *([parameters["service"]] if "service" in parameters else [])]
    cluster = str(parameters.get("cluster", "default")).rsplit("/", 1)[-1]
    if action == "ListTasks":
        return [Permission("ecs:ListTasks", "*", context={"ecs:cluster": _arn("ecs", region, f"cluster/{cluster}")})]
    if action == "DescribeTasks":
        ids = [task.rsplit("/", 1)[-1] for task in parameters["tasks"]]
        return [Permission("ecs:DescribeTasks", _arn("ecs", region, f"task/{cluster}/{id_}")) for id_ in ids]
    if not services:
        return [Permission(f"ecs:{action}", None)]
    names = [service.rsplit("/", 1)[-1] for service in services]
    return [Permission(f"ecs:{action}", _arn("ecs", region, f"service/{cluster}/{name}")) for name in names]


def _iam(action: str, parameters: Parameters, region: str) -> list[Permission]:
    role = parameters.get("RoleName")
    arn = f"arn:{get_partition(region)}:iam::{caller_account()}:role{parameters.get('Path', '/')}{role}"
    return [Permission(f"iam:{action}", arn if role else None)]


PIPELINE_JUDGES: dict[str, Callable[[str, Parameters, str], list[Permission]]] = {
    "codebuild": _codebuild,
    "ecr": _ecr,
    "ecs": _ecs,
    "iam": _iam,
    "logs": _logs,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
}
