"""The pipeline's stack in the emulator: Pulumi.pipeline.yaml as it stands, and its two other sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.provisioner import provision
from worker_program.program import Program, read_program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
GIT_ONLY = ("connection_arn", "repository_id", "branch")


@pytest.fixture
def account() -> Iterator[Aws]:
    with Emulator() as emulator:
        yield Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)


def exports_of(account: Aws, program: Program, **changed: str) -> dict[str, Any]:
    values = {**program.config, **{f"{program.project}:{key}": value for key, value in changed.items()}}
    return provision(
        program.main,
        project=program.project,
        stack=program.stack,
        config=values,
        aws=account,
        on_created=lambda _created: None,
    ).exports


def test_the_pipeline_stack_comes_up_alone(account: Aws) -> None:
    program = read_program(ROOT, "pipeline")
    exports = exports_of(account, program)

    assert "queue_url" not in exports
    name = exports["pipeline_arn"].rsplit(":", 1)[-1]
    pipeline = account.client("codepipeline").get_pipeline(name=name)["pipeline"]
    assert [stage["name"] for stage in pipeline["stages"]] == ["Source", "Build", "Deploy-staging", "Deploy-prod"]
    [build] = account.client("codebuild").batch_get_projects(names=[exports["build_project_name"]])["projects"]
    assert json.loads(build["source"]["buildspec"])["version"] == 0.2
    repositories = account.client("ecr").describe_repositories()["repositories"]
    mutability = {repository["repositoryUri"]: repository["imageTagMutability"] for repository in repositories}
    assert mutability[exports["repository_url"]] == "IMMUTABLE"
    assert sorted(mutability.values()) == ["IMMUTABLE", "MUTABLE"]


def test_a_pipeline_that_an_archive_starts(account: Aws) -> None:
    program = read_program(ROOT, "pipeline")
    exports = exports_of(account, program, source="s3", **dict.fromkeys(GIT_ONLY, ""))

    assert account.client("s3").head_bucket(Bucket=exports["source_uri"].split("/")[2])
    rules = account.client("events").list_rules()["Rules"]
    targets = [account.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"] for rule in rules]
    assert exports["pipeline_arn"] in [target["Arn"] for found in targets for target in found]


def test_a_pipeline_beside_a_service(account: Aws) -> None:
    program = read_program(ROOT, "pipeline")
    exports = exports_of(account, program, image="nginx:1", nat_gateways="none")

    assert exports["pipeline_arn"]
    assert exports["queue_url"]


def test_the_dev_stacks_worker_runs_an_image_whose_digest_is_made_from_its_content(account: Aws) -> None:
    program = read_program(ROOT, "dev")
    first = exports_of(account, program)

    assert first["image"].startswith(f"{first['repository_url']}@sha256:")
    ecs = account.client("ecs")
    service = ecs.describe_services(cluster=first["cluster_arn"], services=[first["service_name"]])["services"][0]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert task["containerDefinitions"][0]["image"] == first["image"]
