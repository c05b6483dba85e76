"""The project as somebody has it who has just cloned it, with what was changed here since."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def clean_checkout(directory: Path) -> Path:
    """Copy what git knows or would add into a repository of its own, and commit it."""
    checkout = directory / "checkout"
    listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)
    _git(checkout, "init", "--quiet")
    _git(checkout, "add", ".")
    _git(checkout, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", "all")
    return checkout


def left_behind(checkout: Path) -> str:
    """What was changed or added since, and is not ignored."""
    return _git(checkout, "status", "--porcelain")


def _git(directory: Path, *command: str) -> str:
    return subprocess.run(["git", *command], cwd=directory, capture_output=True, text=True, check=True).stdout  # noqa: S607
