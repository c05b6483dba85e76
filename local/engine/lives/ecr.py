"""Reads, changes and deletes ECR resources."""

from __future__ import annotations

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.tags import tag_map, tagging
from local.provisioner.resource import Resource


def _read_repository(aws: Aws, thing: Thing) -> Properties:
    ecr = aws.client("ecr")
    repository = found(ecr.describe_repositories(repositoryNames=[thing.id])["repositories"])
    arn = repository["repositoryArn"]
    return {
        "name": thing.id,
        "arn": arn,
        "registryId": repository["registryId"],
        "repositoryUrl": repository["repositoryUri"],
        "imageTagMutability": repository["imageTagMutability"],
        "encryptionConfigurations": [repository["encryptionConfiguration"]],
        "imageScanningConfiguration": {"scanOnPush": repository["imageScanningConfiguration"]["scanOnPush"]},
        "tags": tag_map(ecr.list_tags_for_resource(resourceArn=arn)["tags"]),
    }


def _update_repository(aws: Aws, thing: Thing, changed: Resource) -> None:
    ecr = aws.client("ecr")
    if "imageTagMutability" in changed.inputs:
        ecr.put_image_tag_mutability(repositoryName=thing.id, imageTagMutability=changed.inputs["imageTagMutability"])
    if "imageScanningConfiguration" in changed.inputs:
        ecr.put_image_scanning_configuration(
            repositoryName=thing.id,
            imageScanningConfiguration={"scanOnPush": changed.inputs["imageScanningConfiguration"]["scanOnPush"]},
        )


def _delete_repository(aws: Aws, thing: Thing) -> None:
    aws.client("ecr").delete_repository(repositoryName=thing.id, force=thing.known.get("forceDelete", False))


def _read_lifecycle_policy(aws: Aws, thing: Thing) -> Properties:
    policy = aws.client("ecr").get_lifecycle_policy(repositoryName=thing.id)
    return {"repository": thing.id, "registryId": policy["registryId"], "policy": policy["lifecyclePolicyText"]}


def _read_repository_policy(aws: Aws, thing: Thing) -> Properties:
    policy = aws.client("ecr").get_repository_policy(repositoryName=thing.id)
    return {"repository": thing.id, "registryId": policy["registryId"], "policy": policy["policyText"]}


KINDS = {
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Kind(
        _read_lifecycle_policy, lambda aws, thing: aws.client("ecr").delete_lifecycle_policy(repositoryName=thing.id)
    ),
    "aws:ecr/repository:Repository": Kind(
        _read_repository,
        _delete_repository,
        _update_repository,
        tagging("ecr", "resourceArn", known_by="arn", parameters=("tags", "tagKeys")),
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Kind(
        _read_repository_policy, lambda aws, thing: aws.client("ecr").delete_repository_policy(repositoryName=thing.id)
    ),
}
