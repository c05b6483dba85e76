"""Reads, changes and deletes what Secrets Manager and the SSM Parameter Store keep."""

from __future__ import annotations

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing
from local.engine.tags import tag_list, tag_map, tagging
from local.provisioner.resource import Resource


def _read_secret(aws: Aws, thing: Thing) -> Properties:
    secret = aws.client("secretsmanager").describe_secret(SecretId=thing.id)
    if "DeletedDate" in secret:
        raise LookupError("the secret waits for its deletion")
    return {
        "arn": secret["ARN"],
        "name": secret["Name"],
        "description": secret.get("Description", ""),
        "kmsKeyId": secret.get("KmsKeyId", ""),
        "tags": tag_map(secret.get("Tags", [])),
    }


def _update_secret(aws: Aws, thing: Thing, changed: Resource) -> None:
    settings = changed.given({"description": "Description", "kmsKeyId": "KmsKeyId"})
    if settings:
        aws.client("secretsmanager").update_secret(SecretId=thing.id, **settings)


def _delete_secret(aws: Aws, thing: Thing) -> None:
    days = thing.known.get("recoveryWindowInDays", 30)
    window = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
    aws.client("secretsmanager").delete_secret(SecretId=thing.id, **window)


def _read_version(aws: Aws, thing: Thing) -> Properties:
    secret_id, _, version_id = thing.id.partition("|")
    value = aws.client("secretsmanager").get_secret_value(SecretId=secret_id, VersionId=version_id)
    return {"secretId": secret_id, "arn": value["ARN"], "versionId": version_id, "secretString": value["SecretString"]}


def _forget_version(_aws: Aws, _thing: Thing) -> None:
    """The version that is current goes with its secret."""


def _read_parameter(aws: Aws, thing: Thing) -> Properties:
    parameter = aws.client("ssm").get_parameter(Name=thing.id, WithDecryption=True)["Parameter"]
    key = "insecureValue" if "insecureValue" in thing.known else "value"
    return {
        "name": parameter["Name"],
        "arn": parameter["ARN"],
        "type": parameter["Type"],
        "version": parameter["Version"],
        key: parameter["Value"],
        "tags": tag_map(
            aws.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=thing.id)["TagList"]
        ),
    }


def _update_parameter(aws: Aws, thing: Thing, changed: Resource) -> None:
    wanted = {**thing.known, **changed.inputs}
    value = wanted.get("value") or wanted["insecureValue"]
    aws.client("ssm").put_parameter(Name=thing.id, Value=value, Type=wanted["type"], Overwrite=True)


def _retag_parameter(aws: Aws, thing: Thing, to_set: dict[str, str], to_remove: list[str]) -> None:
    ssm = aws.client("ssm")
    if to_set:
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=thing.id, Tags=tag_list(to_set))
    if to_remove:
        ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=thing.id, TagKeys=to_remove)


KINDS = {
    "aws:secretsmanager/secret:Secret": Kind(
        _read_secret, _delete_secret, _update_secret, tagging("secretsmanager", "SecretId")
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Kind(_read_version, _forget_version),
    "aws:ssm/parameter:Parameter": Kind(
        _read_parameter,
        lambda aws, thing: aws.client("ssm").delete_parameter(Name=thing.id),
        _update_parameter,
        _retag_parameter,
    ),
}
