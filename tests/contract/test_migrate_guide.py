"""docs/migrate.md: its example is what the converter writes, and its table has every field that the converter knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from worker_ops.migrate.copilot.convert import convert_workspace
from worker_ops.migrate.copilot.manifest import PARTS
from worker_ops.migrate.copilot.workspace import read_workspace
from worker_ops.migrate.proton.service_spec import PIPELINE_PARTS, SPEC_PARTS

GUIDE = (Path(__file__).parents[2] / "docs" / "migrate.md").read_text()
FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[str]:
    return FENCED.findall(GUIDE)


def first_column(title: str) -> str:
    section = GUIDE.partition(f"## {title}")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))


def test_the_manifest_becomes_the_stack_file(tmp_path: Path):
    manifest, stack = blocks()
    folder = tmp_path / "copilot" / "orders"
    folder.mkdir(parents=True)
    (folder / "manifest.yml").write_text(manifest)
    workspace = read_workspace(tmp_path, application="shop", environments=["prod"])
    written: Any = yaml.safe_load(convert_workspace(workspace, {}).files["orders/Pulumi.prod.yaml"])

    assert yaml.safe_load(stack) == written


def test_every_field_of_a_manifest_has_a_row():
    named = first_column("Copilot: every field")

    assert [name for name in PARTS if f"`{name}" not in named] == []


def test_every_input_of_protons_template_has_a_row():
    named = first_column("Proton: every input")

    assert [name for name in (*PIPELINE_PARTS, *SPEC_PARTS) if f"{name}`" not in named] == []
