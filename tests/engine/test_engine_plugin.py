"""What the real Pulumi CLI makes of the project as a plugin, as a requirement, and as a template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.clean_checkout import clean_checkout, left_behind
from tests.support.engine import engine, needs_pulumi, new_stack
from tests.support.pulumi_about import required_plugins

pytestmark = [needs_pulumi, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def test_the_plugins_schema_is_the_one_that_is_checked_in(tmp_path: Path) -> None:
    checkout = clean_checkout(tmp_path)
    with engine(tmp_path) as running:
        # Makes the plugin's virtual environment first, and installs the plugins that its requirements bring.
        told = running.run(checkout, "package", "get-schema", "./components")

    assert told.exit_code == 0, told.output
    written = json.loads(told.output[told.output.index("\n{\n") :])
    expected = json.loads((ROOT / "components" / "schema.json").read_text())
    assert written["version"] == expected["version"]
    for part in ("resources", "types"):
        assert _descriptions(written[part]) == _descriptions(expected[part])
    assert left_behind(checkout) == ""


def _descriptions(definitions: dict[str, Any]) -> dict[tuple[str, str, str], str]:
    """Of each property of each component or type, its inputs and outputs."""
    return {
        (token, kind, name): property_["description"]
        for token, definition in definitions.items()
        for kind in ("inputProperties", "properties")
        for name, property_ in definition.get(kind, {}).items()
    }


def test_pulumi_asks_for_no_provider_plugin_of_the_components_that_a_program_requires(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        assert required_plugins(stack.directory, stack.environment) == {"aws", "awsx", "docker", "docker-build"}


def test_pulumi_new_makes_a_project_whose_dev_stack_is_ready(tmp_path: Path) -> None:
    checkout, project = clean_checkout(tmp_path), tmp_path / "shop"
    project.mkdir()
    with engine(tmp_path) as running:
        answers = ("--name", "shop", "--stack", "dev", "--config", "aws:region=eu-central-1", "--yes")
        made = running.run(project, "new", str(checkout), *answers)
        assert made.exit_code == 0, made.output

        preview = running.stack(project, "dev").preview()

    assert preview.exit_code == 0, preview.output
    assert "aws:ecs:Service worker-service create" in preview.output
    assert "pulumi-python:dynamic/workers:ImageBuild pipeline-image create" in preview.output
    config = yaml.safe_load((project / "Pulumi.dev.yaml").read_text())["config"]
    assert config["aws:region"] == "eu-central-1"
    assert {key.removeprefix("shop:") for key in config} == set(_dev_config())


def test_a_new_project_is_asked_for_its_region_alone() -> None:
    template = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["template"]

    assert list(template["config"]) == ["aws:region"]


def _dev_config() -> dict[str, object]:
    return yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
