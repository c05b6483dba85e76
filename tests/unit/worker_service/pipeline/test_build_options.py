"""Build arguments, secrets, stage and cache: what the build's role may do with them, and which make another image."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.deploy import deploy
from worker_service import PipelineComponent
from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.build_options import BuildOptions
from worker_service.pipeline.image.build_context import BuildContext

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:pip-a1b2c3"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
IMAGE_BUILD = "pulumi-python:dynamic/workers:ImageBuild"


def pipeline(**args: Any) -> Any:
    given: Any = {"source": "directory", "service_dir": "service", **args}
    return deploy(lambda: PipelineComponent("orders", given))


def build_statements(**args: Any) -> dict[str, Any]:
    policy = pipeline(**args).one("aws:iam/rolePolicy:RolePolicy", "orders-build-role-policy").inputs["policy"]
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def test_the_builds_role_reads_exactly_its_secrets():
    statements = build_statements(
        build_secrets={"pip": f"{SECRET}:index_url", "other": SECRET}, build_secret_kms_key_arns=[KEY]
    )

    assert statements["ReadBuildSecrets"]["Action"] == "secretsmanager:GetSecretValue"
    assert statements["ReadBuildSecrets"]["Resource"] == [SECRET]
    assert statements["DecryptBuildSecrets"]["Resource"] == [KEY]
    assert not {"ReadBuildSecrets", "DecryptBuildSecrets"} & build_statements().keys()


def test_without_a_cache_the_builds_role_has_nothing_to_do_with_it():
    assert "UseBuildCache" in build_statements()
    assert "UseBuildCache" not in build_statements(build_cache=False)


def test_an_argument_or_a_stage_makes_another_image_of_the_same_folder_and_a_secret_does_not():
    plain = BuildContext("service", dockerfile="Dockerfile").tag(Architecture.X86_64)

    def tag(**args: Any) -> str:
        return pipeline(**args).one(IMAGE_BUILD).inputs["image_tag"]

    tags = {tag(), tag(build_arguments={"A": "1"}), tag(build_arguments={"A": "2"}), tag(target_stage="runtime")}
    assert len(tags) == 4
    assert tag() == tag(build_secrets={"pip": SECRET}) == tag(build_cache=False) == plain
    assert BuildOptions({}, {"pip": SECRET}, None, uses_cache=True).variant == ""


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"build_arguments": {"A-B": "1"}}, "build_arguments key: 'A-B' is not a name of letters, digits and _"),
        (
            {"build_secrets": {"pip": "arn:aws:ssm:eu-west-1:111122223333:parameter/pip"}},
            (
                "build_secrets.pip: 'arn:aws:ssm:eu-west-1:111122223333:param'... (48 characters) is not a secret's"
                " whole ARN, with :JSON-KEY behind it or not"
            ),
        ),
        ({"build_secret_kms_key_arns": [KEY]}, "build_secret_kms_key_arns: goes with build_secrets"),
        ({"target_stage": "-x"}, "target_stage: '-x' is not the name of a stage of the Dockerfile"),
    ],
)
def test_what_is_refused(args: dict[str, Any], problem: str):
    with pytest.raises(ValueError, match="invalid arguments") as refused:
        pipeline(**args)

    assert [line.strip() for line in str(refused.value).splitlines()[1:]] == [problem]
