"""What `make` does on a machine that has changed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_STAMPS = ("ready", "box.installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in (
        "Makefile",
        "requirements.txt",
        "local/requirements.txt",
        "components/pyproject.toml",
        "worker/pyproject.toml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in _STAMPS:
        (tmp_path / ".venv" / name).touch()
    return tmp_path


def _would_do(checkout: Path, *variables: str) -> str:
    return subprocess.run(
        ["/usr/bin/env", "make", "--dry-run", "up", *variables],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv" / "bin" / "python").symlink_to("/nonexistent/python3.9")

    assert "-m venv .venv" in _would_do(checkout)
    assert not (checkout / ".venv").exists()


def test_an_environment_that_works_is_used(checkout: Path) -> None:
    (checkout / ".venv" / "bin" / "python").symlink_to("/bin/sh")

    assert "-m venv" not in _would_do(checkout)
    assert (checkout / ".venv" / "ready").exists()


def test_the_box_gets_the_port(checkout: Path) -> None:
    assert "--port 4566\n" in _would_do(checkout)
    assert "--port 0\n" in _would_do(checkout, "PORT=0")
