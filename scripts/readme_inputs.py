"""Write README's table of inputs from Pulumi.yaml: `make docs`. A test fails where the two differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
BEGIN = "<!-- inputs: written by `make docs` from Pulumi.yaml -->\n"
END = "<!-- /inputs -->\n"


def table(declared: dict[str, dict[str, Any]]) -> str:
    """The Markdown table of the declared config keys."""
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{key}` | {item['type']} | {_default(item)} | {item['description']} |" for key, item in declared.items()
    ]
    return "\n".join(rows) + "\n"


def with_table(readme: str, declared: dict[str, dict[str, Any]]) -> str:
    """The README with the table between its two markers."""
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + table(declared) + END + after


def declared_config() -> dict[str, dict[str, Any]]:
    """The config keys as Pulumi.yaml declares them."""
    return yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]


def _default(item: dict[str, Any]) -> str:
    default = item["default"]
    not_given = default in ("", [], {}) or (default == 0 and item["type"] == "integer")
    return "-" if not_given else f"`{default if isinstance(default, str) else json.dumps(default)}`"


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(with_table(path.read_text(), declared_config()))
