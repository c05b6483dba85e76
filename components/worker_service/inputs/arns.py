"""Reading ARNs: where a resource lies is told by its ARN, so no component asks the provider for region or account."""

import re
from dataclasses import dataclass

_ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr(?:\.ecr|-ecr)(?:-fips)?\.(?P<region>[a-z0-9-]+)"
    r"\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)"
    r"/(?P<repository>[a-z0-9._/-]+?)(?::[^@]+)?(?:@.+)?"
)


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


def partition_of(region: str) -> str:
    """The partition that the region belongs to.

    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    """
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((partition for prefix, partition in prefixes.items() if region.startswith(prefix)), "aws")


def last_segment(arn: str) -> str:
    """What stands behind the ARN's last slash: the name of a cluster or of a service."""
    return arn.rsplit("/", 1)[-1]


def last_part(arn: str) -> str:
    """What stands behind the ARN's last colon: the name of a topic."""
    return arn.rsplit(":", 1)[-1]


def ecr_repository_arn(image: str, partition: str) -> str | None:
    """The ARN of the ECR repository that holds the image, or None where another registry holds it."""
    match = _ECR_IMAGE.fullmatch(image)
    if match is None:
        return None
    return f"arn:{partition}:ecr:{match['region']}:{match['account']}:repository/{match['repository']}"
