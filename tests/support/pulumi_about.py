"""What the real Pulumi CLI says of a program."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path


def required_plugins(program: Path, environment: Mapping[str, str]) -> set[str]:
    """Names of the providers whose plugins the CLI would install for the program."""
    about = subprocess.run(
        ["pulumi", "about", "--json"],  # noqa: S607
        cwd=program,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {plugin["name"] for plugin in json.loads(about.stdout)["plugins"] if plugin["kind"] == "resource"}
