"""examples/own-repository says what is so: its handlers' tests pass, and it installs the packages that there are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "own-repository"
ADDRESS = re.compile(r"(\S+) @ (?:git\+)?(\S+?)(?:@|/archive/refs/tags/)v(\S+?)(?:\.zip)?#subdirectory=(\w+)")


def test_the_handlers_tests_pass() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "."],
        cwd=EXAMPLE / "service",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 passed" in ran.stdout


@pytest.mark.parametrize("file", ["README.md", "requirements.txt", "service/Dockerfile"])
def test_what_it_installs_is_a_package_of_this_project(file: str) -> None:
    found = ADDRESS.findall((EXAMPLE / file).read_text())

    assert found
    for name, address, version, folder in found:
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
        assert (name.strip('"'), address) == (project["name"], project["urls"]["Homepage"])
        assert version == project["version"]


def test_the_image_is_made_of_files_that_there_are() -> None:
    service = EXAMPLE / "service"
    copied = {Path(name) for name in re.findall(r"^COPY (\S+) ", (service / "Dockerfile").read_text(), re.MULTILINE)}
    packages = {path.parent.relative_to(service) for path in service.glob("*/__init__.py")}

    assert packages == {Path("invoices")}
    assert copied - {Path("--from=build")} == {*packages, Path("requirements.txt")}
    assert all((service / path).exists() for path in copied - {Path("--from=build")})
