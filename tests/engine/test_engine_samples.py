"""What the converter writes of each sample, previewed by the real engine, once a person has filled it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.support.engine import engine, needs_pulumi, use_the_tests_environment
from tests.support.migrated import IMAGE, filled_in
from tests.unit.worker_ops.migrate.test_samples import NAMES, converted

pytestmark = [needs_pulumi, pytest.mark.slow]


def written(files: Mapping[str, str], directory: Path) -> list[tuple[Path, str]]:
    """Write the projects; the folder and name of each stack."""
    stacks: list[tuple[Path, str]] = []
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        found = re.fullmatch(r"Pulumi\.(.+)\.yaml", path.name)
        path.write_text(completed(text, path.parent.name) if found else text)
        if found:
            stacks.append((path.parent, found[1]))
    for project in {folder for folder, _ in stacks}:
        use_the_tests_environment(project)
    return stacks


def completed(stack_file: str, project: str) -> str:
    """The stack file with the region, and with an image where none is in it."""
    document = yaml.safe_load(filled_in(stack_file))
    config = {**document["config"], "aws:region": "eu-west-1"}
    if "image" not in config.get(f"{project}:worker", {"image": ""}):
        config[f"{project}:image"] = IMAGE
    return yaml.safe_dump({"config": config})


@pytest.mark.parametrize("name", NAMES)
def test_each_stack_is_previewed(name: str, tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        for project, stack in written(converted(name).files, tmp_path):
            seen = running.new_stack(project, stack).preview()

            assert seen.exit_code == 0, seen.output
            assert re.search(r"\+ \d+ to create", seen.output), seen.output
            assert "to update" not in seen.output
