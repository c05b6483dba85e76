"""`make docs`: write what is generated from the rows and the components. A test fails where the two differ."""

from __future__ import annotations

from pathlib import Path

from scripts.component_schema import component_schema
from scripts.input_docs import config_declaration, inputs_page

ROOT = Path(__file__).parent.parent
BEGIN, END = "# inputs: written by `make docs`\n", "# /inputs\n"


def documents() -> dict[Path, str]:
    """Every generated file and what it is to hold."""
    project_file = ROOT / "Pulumi.yaml"
    return {
        project_file: _between(project_file.read_text(), config_declaration()),
        ROOT / "docs" / "inputs.md": inputs_page(),
        ROOT / "components" / "schema.json": component_schema(),
    }


def _between(text: str, part: str) -> str:
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + part + END + after


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")  # noqa: T201 - a command for people
