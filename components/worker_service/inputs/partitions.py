"""Partition: one of AWS's clouds, each with ARNs, regions, addresses and a console of its own.

The table says what botocore's partition data says, which a test compares; where a console is, botocore does not know.
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Partition:
    """What differs between AWS's clouds."""

    name: str
    """What its ARNs say behind `arn:`."""
    region_pattern: str
    """Regular expression of its regions' names."""
    dns_suffix: str
    """What the addresses of its services end in."""
    dual_stack_suffix: str
    """The same, of addresses that know IPv6 too."""
    console: str | None
    """Domain of its console, behind a region and a dot; None where no public page names it."""


PARTITIONS = (
    Partition(
        "aws",
        r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+",
        "amazonaws.com",
        "aws",
        # https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html
        "console.aws.amazon.com",
    ),
    Partition(
        "aws-cn",
        r"cn-\w+-\d+",
        "amazonaws.com.cn",
        "amazonwebservices.com.cn",
        # https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html
        "console.amazonaws.cn",
    ),
    Partition(
        "aws-us-gov",
        r"us-gov-\w+-\d+",
        "amazonaws.com",
        "aws",
        # https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-endpoints.html
        "console.amazonaws-us-gov.com",
    ),
    Partition(
        "aws-eusc",
        r"eusc-(de)-\w+-\d+",
        "amazonaws.eu",
        "amazonwebservices.eu",
        # https://docs.aws.eu/esc/latest/userguide/endpoints.html
        "console.amazonaws-eusc.eu",
    ),
    Partition("aws-iso", r"us-iso-\w+-\d+", "c2s.ic.gov", "aws.ic.gov", None),
    Partition("aws-iso-b", r"us-isob-\w+-\d+", "sc2s.sgov.gov", "aws.scloud", None),
    Partition("aws-iso-e", r"eu-isoe-\w+-\d+", "cloud.adc-e.uk", "cloud-aws.adc-e.uk", None),
    Partition("aws-iso-f", r"us-isof-\w+-\d+", "csp.hci.ic.gov", "aws.hci.ic.gov", None),
)

#: Regular expression of every region's name.
REGION_PATTERN = "|".join(partition.region_pattern for partition in PARTITIONS)


def partition_of(region: str) -> Partition:
    """The partition that the region belongs to."""
    return next(partition for partition in PARTITIONS if re.fullmatch(partition.region_pattern, region, re.ASCII))


def console_url(region: str, path: str) -> str:
    """Address of a page in the region's console; empty where no public page says where that is."""
    console = partition_of(region).console
    return "" if console is None else f"https://{region}.{console}/{path}"
