"""The repositories of image and cache."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.pipelines import (
    DIRECTORY,
    GIT,
    pipeline,
)


def test_the_image_repository_is_immutable_scanned_and_encrypted():
    deployment = pipeline(GIT)
    repository = deployment.one("aws:ecr/repository:Repository", "orders-repository").inputs
    key = deployment.registered_outputs[deployment.one("workers:index:PipelineKey").urn]["key_arn"]

    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": key}]
    assert repository["forceDelete"] is False


@pytest.mark.parametrize(
    ("args", "prefixes"),
    [
        (GIT, [["deployed.edge."], ["deployed.prod."], ["deployed.staging."]]),
        (DIRECTORY, [["deployed.up."]]),
        ({"source": "s3"}, []),
    ],
    ids=["targets", "directory", "build-only"],
)
def test_what_is_deployed_is_kept_and_the_last_targets_images_first(args: dict[str, Any], prefixes: list[list[str]]):
    policy = json.loads(
        pipeline(args, keep_images=7)
        .one("aws:ecr/lifecyclePolicy:LifecyclePolicy", "orders-repository-lifecycle")
        .inputs["policy"]
    )
    selections = [rule["selection"] for rule in policy["rules"]]

    assert [selection.get("tagPrefixList") for selection in selections] == [*prefixes, None]
    assert [selection["countNumber"] for selection in selections] == [*(1_000 for _ in prefixes), 7]


def test_exactly_the_environment_accounts_may_pull():
    deployment = pipeline(GIT, targets=[], environment_account_ids=["222233334444", "333344445555"])
    policy = json.loads(deployment.one("aws:ecr/repositoryPolicy:RepositoryPolicy").inputs["policy"])

    assert [statement["Principal"] for statement in policy["Statement"]] == [
        {"AWS": ["arn:aws:iam::222233334444:root", "arn:aws:iam::333344445555:root"]}
    ]
    assert pipeline(DIRECTORY).all("aws:ecr/repositoryPolicy:RepositoryPolicy") == []
