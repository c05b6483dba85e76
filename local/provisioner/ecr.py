"""Creates ECR resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource


def repository(aws: Aws, resource: Resource) -> Outputs:
    """aws:ecr/repository:Repository."""
    scanning = resource.inputs.get("imageScanningConfiguration") or {}
    [encryption] = resource.inputs.get("encryptionConfigurations") or [{}]
    created = aws.client("ecr").create_repository(
        repositoryName=resource.physical_name(),
        imageTagMutability=resource.inputs.get("imageTagMutability", "MUTABLE"),
        imageScanningConfiguration={"scanOnPush": scanning.get("scanOnPush", False)},
        encryptionConfiguration={
            "encryptionType": encryption.get("encryptionType", "AES256"),
            **({"kmsKey": encryption["kmsKey"]} if "kmsKey" in encryption else {}),
        },
        tags=resource.tag_list(),
    )["repository"]
    return {
        "id": created["repositoryName"],
        "name": created["repositoryName"],
        "arn": created["repositoryArn"],
        "registryId": created["registryId"],
        "repositoryUrl": created["repositoryUri"],
    }


def lifecycle_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:ecr/lifecyclePolicy:LifecyclePolicy."""
    name = resource.inputs["repository"]
    put = aws.client("ecr").put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=resource.inputs["policy"])
    return {"id": name, "registryId": put["registryId"]}


def repository_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:ecr/repositoryPolicy:RepositoryPolicy."""
    name = resource.inputs["repository"]
    put = aws.client("ecr").set_repository_policy(repositoryName=name, policyText=resource.inputs["policy"])
    return {"id": name, "registryId": put["registryId"]}
