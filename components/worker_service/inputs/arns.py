"""Reading ARNs: where a resource lies is told by its ARN, so no component asks the provider for region or account."""

import re
from dataclasses import dataclass

from worker_service.inputs.partitions import PARTITIONS, REGION_PATTERN, partition_of

_REGISTRY_SUFFIXES = "|".join(
    re.escape(suffix)
    for partition in PARTITIONS
    for suffix in (partition.dns_suffix, f"on.{partition.dual_stack_suffix}")
)
_ECR_REGISTRY = (
    r"(?P<account>[0-9]{12})\.dkr(?:\.ecr|-ecr)(?:-fips)?"
    rf"\.(?P<region>{REGION_PATTERN})\.(?:{_REGISTRY_SUFFIXES})"
)

#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
_ECR_REPOSITORY = r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*"
_ECR_IMAGE = re.compile(rf"{_ECR_REGISTRY}/(?P<repository>{_ECR_REPOSITORY})(?::[^@]+)?(?:@.+)?", re.ASCII)
_IN_ECR = re.compile(rf"{_ECR_REGISTRY}(?:/.*)?", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Partition, region and account that an ARN names."""

    partition: str
    region: str
    account_id: str


def place_of(arn: str) -> Place:
    """The place that the ARN names."""
    _, partition, _, region, account_id, _ = arn.split(":", 5)
    return Place(partition, region, account_id)


def last_segment(arn: str) -> str:
    """What stands behind the ARN's last slash: the name of a cluster or of a service."""
    return arn.rsplit("/", 1)[-1]


def last_part(arn: str) -> str:
    """What stands behind the ARN's last colon: the name of a topic."""
    return arn.rsplit(":", 1)[-1]


def ecr_repository_arn(image: str) -> str | None:
    """The ARN of the ECR repository that holds the image, or None where another registry holds it."""
    match = _ECR_IMAGE.fullmatch(image)
    if match is None:
        return None
    account, region, repository = match["account"], match["region"], match["repository"]
    return f"arn:{partition_of(region).name}:ecr:{region}:{account}:repository/{repository}"


def is_bad_ecr_image(image: str) -> bool:
    """Whether the image names a registry of ECR and a repository that ECR cannot have."""
    return _IN_ECR.fullmatch(image) is not None and _ECR_IMAGE.fullmatch(image) is None
