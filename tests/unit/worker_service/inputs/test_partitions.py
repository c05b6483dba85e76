"""The table of partitions, against botocore's own, and what is made from it."""

from __future__ import annotations

import re

import botocore.loaders
import pytest

from worker_service.inputs.aws_values import REGION
from worker_service.inputs.partitions import PARTITIONS, console_url, partition_of

KNOWN_TO_BOTOCORE = {
    partition["id"]: partition for partition in botocore.loaders.Loader().load_data("partitions")["partitions"]
}


def test_the_table_says_what_botocore_says():
    table = {
        partition.name: (partition.region_pattern, partition.dns_suffix, f"api.{partition.dual_stack_suffix}")
        for partition in PARTITIONS
    }

    assert table == {
        name: (
            known["regionRegex"].strip("^$").replace(r"\-", "-"),
            known["outputs"]["dnsSuffix"],
            known["outputs"]["dualStackDnsSuffix"],
        )
        for name, known in KNOWN_TO_BOTOCORE.items()
    }


@pytest.mark.parametrize("name", KNOWN_TO_BOTOCORE)
def test_every_region_that_botocore_knows_is_one_and_is_in_its_partition(name: str):
    regions = [region for region in KNOWN_TO_BOTOCORE[name]["regions"] if not region.endswith("-global")]

    assert regions
    assert [region for region in regions if REGION.problems("region", region)] == []
    assert {partition_of(region).name for region in regions} == {name}


@pytest.mark.parametrize("region", ["eu-west", "EU-WEST-1", "eusc-xx-east-1", "aws-global", "x-y-1", "eu-west-1 "])
def test_what_is_no_region_is_refused(region: str):
    assert REGION.problems("region", region) == [f"region: {region!r} is not a region such as eu-west-1"]


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com/page"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/page"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/page"),
        ("eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/page"),
        ("us-iso-east-1", ""),
        ("us-isob-east-1", ""),
    ],
)
def test_a_page_of_the_console_is_in_the_regions_partition(region: str, url: str):
    assert console_url(region, "page") == url


def test_no_partition_takes_anothers_region():
    for known in KNOWN_TO_BOTOCORE.values():
        for region in known["regions"]:
            fitting = [p.name for p in PARTITIONS if re.fullmatch(p.region_pattern, region)]
            assert len(fitting) == (0 if region.endswith("-global") else 1), region
