"""Manifests and specs shaped as public ones: each is converted, its report is the expected one, and its stacks run.

tests/data/migrate/samples.toml names where each shape was seen. To write the expected reports anew after a change, and
to read what changed: `python -m tests.unit.worker_ops.migrate.test_samples`.
"""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path

import pytest

from tests.support.migrated import deployed_stack
from worker_ops.migrate.converted import Converted
from worker_ops.migrate.copilot.convert import convert_workspace
from worker_ops.migrate.copilot.workspace import read_workspace
from worker_ops.migrate.proton.convert import Facts, convert_spec

SAMPLES = Path(__file__).parents[3] / "data" / "migrate"
STACK_FILE = re.compile(r"(.+)/Pulumi\.(.+)\.yaml")
NAMES = [sample["name"] for sample in tomllib.loads((SAMPLES / "samples.toml").read_text())["sample"]]


@functools.cache
def converted(name: str) -> Converted:
    folder = SAMPLES / name
    if not (folder / "spec.yaml").exists():
        return convert_workspace(read_workspace(folder, application=None, environments=["test"]), {})
    service = name.removeprefix("proton-")
    environments = {"yard-prod": folder / "environment.yaml"} if (folder / "environment.yaml").exists() else {}
    return convert_spec(folder / "spec.yaml", environments, Facts(service, {"yard-prod": "AWSProton-yard-prod"}, {}))


def report(name: str) -> str:
    findings = converted(name).report.findings
    return "".join(f"{found.place} {found.path} {found.outcome.value}: {found.told}\n" for found in findings)


def stacks(name: str) -> list[tuple[str, str]]:
    """Service and stack of each stack file but those of pipelines and environments."""
    found = [STACK_FILE.fullmatch(path) for path in converted(name).files]
    return [(match[1], match[2]) for match in found if match and not match[2].startswith(("pipeline", "main"))]


def test_there_are_samples_of_each_origin_with_address_and_licence():
    listed = tomllib.loads((SAMPLES / "samples.toml").read_text())["sample"]

    assert len(listed) >= 12
    assert {path.name for path in SAMPLES.iterdir() if path.is_dir()} == set(NAMES)
    assert all(sample["address"].startswith("https://") and sample["licence"] for sample in listed)


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_the_expected_one(name: str):
    assert report(name) == (SAMPLES / name / "report.txt").read_text()


@pytest.mark.parametrize(
    ("name", "service", "stack"), [(name, service, stack) for name in NAMES for service, stack in stacks(name)]
)
def test_each_stack_runs(name: str, service: str, stack: str, tmp_path: Path):
    deployment = deployed_stack(converted(name).files, service, stack, tmp_path)

    assert deployment.exports["queue_url"]
    assert [resource.name for resource in deployment.all("workers:index:WorkerService")] == [service]


if __name__ == "__main__":
    for sample_name in NAMES:
        (SAMPLES / sample_name / "report.txt").write_text(report(sample_name))
