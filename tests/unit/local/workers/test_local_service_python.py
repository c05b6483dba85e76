"""Which Python runs a service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.checkout import WORKER_FOLDER
from local.errors import BoxError
from local.screen import Screen
from local.workers.service_python import service_python


class FakePip:
    """Stands in for venv and pip: an environment is an empty folder, and has no runtime before it is installed."""

    def __init__(self) -> None:
        self.installed: list[list[str]] = []
        """What pip was told, since `installed` was emptied."""
        self.stderr = ""
        """What pip says, and then fails."""

    def run(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True, exist_ok=True)
        if "pip" in command:
            self.installed.append(command[command.index("--quiet") + 1 :])
        fails = "import worker_runtime" in command or ("pip" in command and self.stderr)
        return subprocess.CompletedProcess(command, 1 if fails else 0, "", self.stderr)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> FakePip:
    pip = FakePip()
    monkeypatch.setattr(subprocess, "run", pip.run)
    return pip


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worker's folder of a checkout that a test may change."""
    return _use_checkout(tmp_path / "first", monkeypatch)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "requirements.txt").write_text("python-stdnum\n")
    return folder


def _use_checkout(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr("local.workers.service_python.WORKER_FOLDER", folder)
    return folder


def test_a_service_without_requirements_runs_with_the_boxs_own(tmp_path: Path) -> None:
    assert service_python(tmp_path, tmp_path / "environments", Screen()) == Path(sys.executable)


def test_this_projects_service_runs_with_the_boxs_own(tmp_path: Path) -> None:
    assert (WORKER_FOLDER / "pyproject.toml").exists()
    assert service_python(WORKER_FOLDER, tmp_path / "environments", Screen()) == Path(sys.executable)
    assert list(tmp_path.iterdir()) == []


def test_the_runtime_is_the_one_of_the_checkout_that_runs_the_box(
    pip: FakePip, checkout: Path, service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed() -> list[list[str]]:
        pip.installed.clear()
        service_python(service, tmp_path / "environments", Screen())
        return pip.installed

    requirements = ["--requirement", "requirements.txt"]
    assert installed() == [requirements, ["--editable", str(checkout)]]
    assert installed() == []

    (checkout / "pyproject.toml").write_text("[project]\ndependencies = ['boto3']\n")
    assert installed() == [requirements, ["--editable", str(checkout)]]
    assert installed() == []

    second = _use_checkout(tmp_path / "second", monkeypatch)
    assert installed() == [requirements, ["--editable", str(second)]]
    assert installed() == []


def test_an_environment_is_made_anew_for_another_python(
    pip: FakePip, checkout: Path, service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service_python(service, tmp_path / "environments", Screen())
    for name in ("version", "base_prefix"):
        pip.installed.clear()
        monkeypatch.setattr(sys, name, "another")

        service_python(service, tmp_path / "environments", Screen())

        assert len(pip.installed) == 2


@pytest.mark.parametrize(
    ("pyproject", "requirements", "installed"),
    [
        ("[tool.ruff]\nline-length = 120\n", False, []),
        ("", False, []),
        ("[build-system]\nrequires = []\n", False, []),
        ("[tool.ruff]\n", True, [["--requirement", "requirements.txt"]]),
        ("[project]\nname = 'orders'\n", False, [["--editable", "."]]),
        ("[project]\nname = 'orders'\n", True, [["--editable", "."], ["--requirement", "requirements.txt"]]),
    ],
)
def test_a_pyproject_is_installed_where_it_has_a_project(
    pip: FakePip, checkout: Path, tmp_path: Path, pyproject: str, requirements: bool, installed: list[list[str]]
) -> None:
    service = tmp_path / "service"
    service.mkdir()
    (service / "pyproject.toml").write_text(pyproject)
    if requirements:
        (service / "requirements.txt").touch()

    python = service_python(service, tmp_path / "environments", Screen())

    runtime = ["--editable", str(checkout)]
    assert pip.installed == ([*installed, runtime] if installed else [])
    assert (python == Path(sys.executable)) == (not installed)


@pytest.mark.parametrize("content", [b"[project\n", b"name = '\xff'\n"])
def test_a_pyproject_that_cannot_be_read_is_named(pip: FakePip, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)

    with pytest.raises(BoxError) as error:
        service_python(tmp_path, tmp_path / "environments", Screen())

    assert str(error.value).startswith(f"{tmp_path}/pyproject.toml is not valid TOML: ")


#: As pip says it of a folder with two packages.
_TWO_PACKAGES = """\
  error: subprocess-exited-with-error

  x Getting requirements to build editable did not run successfully.
  │ exit code: 1
  ╰─> [14 lines of output]
      error: Multiple top-level packages discovered in a flat-layout: ['invoices', 'orders'].

      To avoid accidental inclusion of unwanted files or directories,
      setuptools will not proceed with this build.
      1
      2
      3
      4
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
error: subprocess-exited-with-error
note: This error originates from a subprocess, and is likely not a problem with pip.
"""
_COMPILER = "".join(f"  building {n}\n" for n in range(20)) + "  a.c:1: fatal error: Python.h: No such file\n"


@pytest.mark.parametrize(
    ("stderr", "first", "last"),
    [
        (_TWO_PACKAGES, "  │ exit code: 1", "      3"),
        (_COMPILER + "  1\n" * 9, "  building 18", "  1"),
        (_COMPILER, "  building 13", "  a.c:1: fatal error: Python.h: No such file"),
        (
            "WARNING: Retrying\n" * 5 + "ERROR: No matching distribution found for none\n",
            "WARNING: Retrying",
            "ERROR: No matching distribution found for none",
        ),
        ("killed\n" * 20, "killed", "killed"),
    ],
)
def test_of_what_pip_says_the_first_error_is_shown(
    pip: FakePip, service: Path, tmp_path: Path, stderr: str, first: str, last: str
) -> None:
    pip.stderr = stderr

    with pytest.raises(BoxError) as error:
        service_python(service, tmp_path / "environments", Screen())

    _, *said, _ = str(error.value).splitlines()
    assert (said[0], said[-1], len(said) <= 8) == (f"  {first}", f"  {last}", True)
    assert any("error:" in line.lower() for line in said) == ("error:" in stderr.lower())


@pytest.mark.slow
def test_requirements_have_an_environment_that_is_kept_until_they_change(tmp_path: Path) -> None:
    service, environments = tmp_path / "service", tmp_path / "environments"
    service.mkdir()
    (service / "requirements.txt").write_text("python-stdnum>=2,<3\n")

    python = service_python(service, environments, Screen())

    shown = subprocess.run(
        [python, "-I", "-c", "import stdnum, worker_runtime; print(stdnum.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout).is_relative_to(environments)
    (python.parent / "kept").touch()
    assert service_python(service, environments, Screen()) == python
    assert (python.parent / "kept").exists()

    (service / "requirements.txt").write_text("python-stdnum>=2,<3\n./missing\n")
    with pytest.raises(BoxError) as error:
        service_python(service, environments, Screen())

    first, *said, last = str(error.value).splitlines()
    assert first == f"what {service} needs could not be installed:"
    assert any("./missing" in line for line in said)
    assert last == "Correct its requirements, or see to the network, and start the box again."
    assert list(environments.iterdir()) == []


_KILLED_BOX = """
import os, signal, subprocess, sys, threading
from pathlib import Path
from local.screen import Screen
from local.workers import service_python

def run(command, **options):
    # Stands for venv and pip, which take a moment longer than their box lives.
    code = "import pathlib, sys, time; time.sleep(1); pathlib.Path(sys.argv[1]).touch()"
    subprocess.Popen([sys.executable, "-c", code, sys.argv[3]], pass_fds=options["pass_fds"])
    os.kill(os.getpid(), signal.SIGKILL)

service_python._run = lambda command, folder, lock: run(command, pass_fds=(lock,))
service_python.service_python(Path(sys.argv[1]), Path(sys.argv[2]), Screen())
"""


def test_what_a_killed_box_still_installs_is_waited_for(
    pip: FakePip, checkout: Path, service: Path, tmp_path: Path
) -> None:
    environments, installed = tmp_path / "environments", tmp_path / "installed"
    command = [sys.executable, "-c", _KILLED_BOX, str(service), str(environments), str(installed)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as killed:
        killed.wait()

    service_python(service, environments, Screen())

    assert installed.exists()
    assert [path.suffix for path in environments.iterdir()] == [""]
