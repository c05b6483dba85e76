"""docs/languages.md says what is so: its YAML is the example's; names, addresses and sentences are the code's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pulumi
import pytest

from worker_service.plugin import VERSION, WorkersProvider

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "languages.md").read_text()
EXAMPLE = ROOT / "examples" / "yaml"
COMPONENTS = json.loads((ROOT / "components" / "schema.json").read_text())["resources"]
ADDRESS = f"pulumi package add github.com/worker-service/pulumi-worker-service/components@v{VERSION}\n"


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return found


def test_every_block_is_held_by_a_test_here():
    assert re.findall(r"```(\w+)", GUIDE) == ["sh", "yaml", "typescript"]


def test_the_yaml_is_a_part_of_the_example():
    assert block("yaml") in (EXAMPLE / "Pulumi.yaml").read_text()


def test_the_typescript_names_inputs_and_outputs_of_the_components():
    code = block("typescript")
    declared = re.findall(r'const (\w+) = new workers\.(\w+)\("\w+", \{(.*?)\}\);', code, re.DOTALL)
    assert [component for _, component, _ in declared] == ["Environment", "WorkerService"]
    for variable, component, body in declared:
        definition = COMPONENTS[f"workers:index:{component}"]
        given = set(re.findall(r"(\w+): ", body))
        assert set(definition["requiredInputs"]) <= given <= set(definition["inputProperties"])
        read = set(re.findall(rf" {variable}\.(\w+)", code))
        assert set() < read <= set(definition["properties"])


def test_the_package_is_added_from_this_version_and_from_its_folder():
    address, folder = re.findall(r"^pulumi package add .*\n", block("sh"), re.MULTILINE)
    assert address == ADDRESS
    assert folder.endswith("/components\n")
    assert ADDRESS in (EXAMPLE / "README.md").read_text()


def test_what_is_refused_is_refused_with_that_sentence():
    with pytest.raises(pulumi.InputPropertiesError) as refused:
        WorkersProvider().construct("build", "workers:index:PipelineComponent", {"source": "directory"})

    _, sentence = refused.value.message.split("\n  ")
    assert f"`{sentence}`" in " ".join(GUIDE.split())
