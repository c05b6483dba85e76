"""The program's settings, copied for the CLI."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from worker_program.program import Program
from worker_program.pulumi_yaml import load_yaml


def copy_settings(program: Program, project: Path) -> None:
    """Copy the program's settings into a folder that runs it where it is, with the box's own Python.

    The CLI writes into a stack's settings how its secrets are encrypted, which is nothing for the program's own file.
    """
    copied_stack = project / f"Pulumi.{program.stack}.yaml"
    encryption = _encryption(copied_stack)
    settings = load_yaml(program.root / "Pulumi.yaml")
    options = {"toolchain": "pip", "virtualenv": sys.prefix} if sys.prefix != sys.base_prefix else {}
    copied = {
        "name": program.project,
        "runtime": {"name": "python", "options": options},
        "main": str(program.main.parent),
        "config": settings.get("config") or {},
    }
    (project / "Pulumi.yaml").write_text(json.dumps(copied, indent=2), encoding="utf-8")
    own = (program.root / copied_stack.name).read_text(encoding="utf-8")
    copied_stack.write_text(f"{own.rstrip()}\n{encryption}", encoding="utf-8")


def _encryption(copied_stack: Path) -> str:
    """What the CLI has written into the copy."""
    lines = copied_stack.read_text(encoding="utf-8").splitlines() if copied_stack.exists() else []
    return "".join(f"{line}\n" for line in lines if line.startswith("encryptionsalt:"))
