"""`make docs`: write what is generated from the rows and the components. A test fails where the two differ."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.component_schema import component_schema
from scripts.input_docs import config_declaration, inputs_page
from scripts.marked_block import between
from scripts.whole_files import write_whole

ROOT = Path(__file__).parent.parent
BEGIN, END = "# inputs: written by `make docs`\n", "# /inputs\n"


def documents() -> dict[Path, str]:
    """Every generated file and what it is to hold. Raises ValueError where Pulumi.yaml has lost its marks."""
    project_file = ROOT / "Pulumi.yaml"
    return {
        project_file: between(project_file, BEGIN, END, config_declaration()),
        ROOT / "docs" / "inputs.md": inputs_page(),
        ROOT / "components" / "schema.json": component_schema(),
    }


def main() -> int:
    """Write all of them, or none."""
    try:
        texts = documents()
        write_whole(texts)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"nothing was written: {error}\n")
        return 2
    for path in texts:
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
