"""Names as long as Copilot takes them give projects that AWS takes, and what a person has to shorten is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.migrated import deployed_stack, filled_in
from worker_ops.migrate.converted import Converted
from worker_ops.migrate.copilot.convert import convert_workspace
from worker_ops.migrate.copilot.workspace import read_workspace
from worker_ops.migrate.proton.convert import Facts, convert_spec
from worker_ops.migrate.report import Outcome

ENVIRONMENT = "production-of-the-european-shop-and-more"
SERVICES = ["orders-of-the-european-shop-and-others-a", "orders-of-the-european-shop-and-others-b"]
MANIFEST = """\
name: {name}
type: Worker Service
image: {{build: api/Dockerfile}}
subscribe:
  topics:
    - {{name: placed-by-customers-of-the-shop, service: frontend, queue: {{fifo: true, dead_letter: {{tries: 3}}}}}}
"""
PIPELINE = f"""\
name: a-pipeline-with-a-name-of-its-own-that-is-long
version: 1
source: {{provider: GitHub, properties: {{branch: main, repository: example/shop}}}}
stages: [{{name: {ENVIRONMENT}}}]
"""


def converted(root: Path) -> Converted:
    for name in SERVICES:
        folder = root / "copilot" / name
        folder.mkdir(parents=True)
        (folder / "manifest.yml").write_text(MANIFEST.format(name=name))
    pipelines = root / "copilot" / "pipelines" / "shop"
    pipelines.mkdir(parents=True)
    (pipelines / "manifest.yml").write_text(PIPELINE)
    return convert_workspace(read_workspace(root, application="s" * 40, environments=[ENVIRONMENT]), {})


def target(files: Mapping[str, str], service: str) -> dict[str, Any]:
    config = yaml.safe_load(files[f"{service}/Pulumi.pipeline.yaml"])["config"]
    [found] = config[f"{service}:pipeline"]["targets"]
    return found


def test_the_longest_names_of_copilots_are_taken(tmp_path: Path):
    result = converted(tmp_path)
    assert {len(name) for name in (ENVIRONMENT, *SERVICES)} == {40}

    for name in SERVICES:
        service = deployed_stack(result.files, name, ENVIRONMENT, tmp_path)
        assert f"{name}-placed-b-dead-letter-queue" in {one.name for one in service.all("aws:sqs/queue:Queue")}
        stack_file = f"{name}/Pulumi.pipeline.yaml"
        files = {**result.files, stack_file: filled_in(result.files[stack_file])}
        assert deployed_stack(files, name, "pipeline", tmp_path).exports["pipeline_url"]


def test_a_stack_that_is_too_long_for_a_pipeline_is_told_with_its_new_name(tmp_path: Path):
    result = converted(tmp_path)
    [stack] = {target(result.files, name)["stack"] for name in SERVICES}
    roles = {target(result.files, name)["deploy_role"] for name in SERVICES}

    assert len(stack) <= 20
    # Two services of one account have no role together.
    assert len(roles) == len(SERVICES)
    assert all(len(role) <= 64 for role in roles)
    found = [one for one in result.report.findings if one.path == "stages[0].name"]
    [told] = {one.told for one in found if one.outcome is Outcome.BY_HAND}
    assert told.endswith(f"Pulumi.{stack}.yaml in place of Pulumi.{ENVIRONMENT}.yaml")


def test_roles_of_a_long_service_of_protons_are_taken(tmp_path: Path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "proton: ServiceSpec\npipeline: {service_dir: api}\n"
        "instances: [{name: production-of-the-shop, environment: e}]\n"
    )
    result = convert_spec(spec, {}, Facts(SERVICES[0], {"e": "AWSProton-e"}, {}))

    assert len(target(result.files, SERVICES[0])["deploy_role"]) <= 64
    assert len(target(result.files, SERVICES[0])["stack"]) <= 20
