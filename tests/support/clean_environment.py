"""A virtual environment with one of the project's distributions in it, installed as people install it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_COMMAND_TIMEOUT_SECONDS = 300
#: What building and testing leaves behind; no clone has it.
_NOT_SOURCE = shutil.ignore_patterns(".venv", "__pycache__", "*.egg-info", "build", "dist")


def _from_folder(source: Path) -> str:
    return str(source)


def _as_wheel(source: Path) -> str:
    """The wheel as `make dist` builds it."""
    wheels = source.parent / "dist"
    _run(sys.executable, "-m", "build", "--outdir", str(wheels), str(source))
    (wheel,) = wheels.glob("*.whl")
    return str(wheel)


def _from_git(source: Path) -> str:
    """The address of a repository in which the distribution is one folder of several."""
    repository = source.parent
    git = ("git", "-C", str(repository), "-c", "user.name=test", "-c", "user.email=test@example.com")
    _run(*git, "init", "--quiet")
    _run(*git, "add", source.name)
    _run(*git, "commit", "--quiet", "--message", "Add the package")
    return f"git+file://{repository}#subdirectory={source.name}"


#: By name: makes, of a copy of the distribution's folder, what pip is asked to install.
WAYS: Mapping[str, Callable[[Path], str]] = {"folder": _from_folder, "wheel": _as_wheel, "git": _from_git}


@dataclass(frozen=True)
class CleanEnvironment:
    """An environment with nothing in it but the distribution and what it requires."""

    python: Path

    def run(self, directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Python in a directory, with no variable but those."""
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=directory,
            env={"PATH": os.environ["PATH"], **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_TIMEOUT_SECONDS,
        )

    def type_errors(self, path: Path) -> list[tuple[int, str]]:
        """Line and rule of each error that pyright sees in a file, as strictly as it can."""
        pyright = subprocess.run(
            [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", str(self.python), path.name],
            cwd=path.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_TIMEOUT_SECONDS,
        )
        found: list[dict[str, Any]] = json.loads(pyright.stdout)["generalDiagnostics"]
        return [(error["range"]["start"]["line"] + 1, error["rule"]) for error in found]


def code_of_readme(folder: str) -> str:
    """The block of code that a distribution's README shows."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / folder / "README.md").read_text(), re.DOTALL)
    return code


def copy_of(folder: str, directory: Path) -> Path:
    """A copy of the distribution's folder, as the only one of a repository in the directory."""
    return Path(shutil.copytree(ROOT / folder, directory / "repository" / folder, ignore=_NOT_SOURCE))


def install(folder: str, way: str, directory: Path, extra: str = "") -> CleanEnvironment:
    """Install the distribution in `folder` in one of the WAYS; `directory` takes the environment."""
    source = copy_of(folder, directory)
    venv.create(directory / "venv", with_pip=True)
    environment = CleanEnvironment(directory / "venv" / "bin" / "python")
    pip = (str(environment.python), "-m", "pip", "--quiet", "--disable-pip-version-check")
    # Compiling all of pulumi-aws would take most of the time.
    _run(*pip, "install", "--no-compile", WAYS[way](source) + (f"[{extra}]" if extra else ""))
    return environment


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_COMMAND_TIMEOUT_SECONDS)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
