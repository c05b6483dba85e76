"""Every block of code in the documentation can be read by what it is written for, and names what there is.

Not that it works: where a block is a whole program, the test of its guide runs it.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import stack_config

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("examples/**/*.md"),
    *ROOT.glob("components/*.md"),
    *ROOT.glob("worker/*.md"),
]
FENCE = re.compile(r"^ *```(?P<language>\S*)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)
OWN_PACKAGES = ("worker_service", "worker_runtime", "worker_ops")
#: What only a reader reads, and what no tool here reads.
READ_BY_PEOPLE = ("text", "mermaid", "dockerfile", "typescript", "go", "csharp", "java")


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    code: str


def blocks() -> list[Block]:
    return [
        Block(str(page.relative_to(ROOT)), found["language"], found["code"])
        for page in sorted(PAGES)
        for found in FENCE.finditer(page.read_text())
    ]


def dedented(code: str) -> str:
    indent = min(len(line) - len(line.lstrip()) for line in code.splitlines() if line.strip())
    return "\n".join(line[indent:] for line in code.splitlines()) + "\n"


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"{block.page}-{block.language}")
def test_a_block_of_code_can_be_read(block: Block) -> None:
    if block.language not in READ_BY_PEOPLE:
        READERS[block.language](dedented(block.code))


def read_python(code: str) -> None:
    tree = ast.parse(code)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in imports:
        if node.module and node.module.split(".")[0] in OWN_PACKAGES:
            module = importlib.import_module(node.module)
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


def read_yaml(code: str) -> None:
    document = yaml.safe_load(code)
    assert isinstance(document, dict)
    # Other documents than a stack's config have other keys.
    if "config" in document and "runtime" not in document:
        assert unknown_keys(document["config"]) == []


def unknown_keys(config: dict[str, Any]) -> list[str]:
    return [key for key in config if ":" not in key and key not in stack_config.ROWS]


def read_shell(code: str) -> None:
    # Placeholders are in capitals: in <angle brackets> the shell would redirect.
    checked = subprocess.run(["bash", "-n"], input=code, text=True, capture_output=True, check=False)  # noqa: S607
    assert checked.stderr == ""


READERS = {"python": read_python, "yaml": read_yaml, "sh": read_shell, "json": json.loads, "toml": tomllib.loads}
