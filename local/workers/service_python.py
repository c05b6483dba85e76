"""The Python that runs a service: of a virtual environment of its own where the service has requirements."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.checkout import WORKER_FOLDER
from local.errors import BoxError
from local.screen import Screen

#: What says that an environment is whole, and which Python, runtime and requirements it was made from.
_MADE_FROM = "requirements.sha256"
_ERROR_LINES = 8
_LINES_BEFORE_ERROR = 2
#: pip's word for a program of its own that failed, whose error is the one to show.
_NO_REASON = "error: subprocess-exited-with-error"
#: The files that say what a service needs, and how pip is told of them.
_INSTALL = {"pyproject.toml": ["--editable", "."], "requirements.txt": ["--requirement", "requirements.txt"]}


def service_python(folder: Path, environments: Path, screen: Screen) -> Path:
    """The interpreter of the service in `folder`, whose environment is made below `environments` if need be.

    A service without requirements runs with the box's own, and so does this project's, whose runtime `make` installs
    there. Raises BoxError where the requirements cannot be installed.
    """
    requirements = [folder / name for name in _INSTALL if _names_requirements(folder / name)]
    if folder == WORKER_FOLDER or not requirements:
        return Path(sys.executable)
    environment = environments / f"{folder.name}-{_digest(str(folder).encode())[:8]}"
    wanted = _digest(
        sys.version.encode(),
        sys.base_prefix.encode(),
        # The runtime is installed as a link to this checkout, and there may be several.
        str(WORKER_FOLDER).encode(),
        *(path.read_bytes() for path in [WORKER_FOLDER / "pyproject.toml", *requirements]),
    )
    made_from = environment / _MADE_FROM
    if not made_from.exists() or made_from.read_text() != wanted:
        names = " and ".join(path.name for path in requirements)
        title = f"Installing {names} of {folder.name}, which takes a while the first time"
        with screen.phase(title), _alone(environment) as lock:
            _make(environment, folder, [path.name for path in requirements], lock)
        made_from.write_text(wanted)
    return _python_of(environment)


def _names_requirements(file: Path) -> bool:
    """Whether pip can install it; a pyproject.toml may hold the settings of tools alone."""
    if not file.is_file() or file.suffix != ".toml":
        return file.is_file()
    try:
        return "project" in tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BoxError(f"{file} is not valid TOML: {error}") from None


@contextmanager
def _alone(environment: Path) -> Iterator[int]:
    """Wait for what still installs there: pip goes on where its box was killed, and has inherited this lock."""
    path = environment.with_name(f"{environment.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield lock.fileno()
        finally:
            path.unlink(missing_ok=True)


def _make(environment: Path, folder: Path, requirements: list[str], lock: int) -> None:
    """Make the environment anew; nothing is left of one that cannot be made."""
    python = str(_python_of(environment))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    try:
        _run([sys.executable, "-m", "venv", "--clear", str(environment)], folder, lock)
        for name in requirements:
            _run([*pip, *_INSTALL[name]], folder, lock)
        if not _has_runtime(python):
            _run([*pip, "--editable", str(WORKER_FOLDER)], folder, lock)
    except BaseException:
        shutil.rmtree(environment, ignore_errors=True)
        raise


def _python_of(environment: Path) -> Path:
    return environment / "bin" / "python"


def _has_runtime(python: str) -> bool:
    """Whether the service's requirements name the runtime; an image may have it from its Dockerfile instead."""
    command = [python, "-I", "-c", "import worker_runtime"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own command


def _run(command: list[str], folder: Path, lock: int) -> None:
    done = subprocess.run(  # noqa: S603 - venv's and pip's own commands
        command, cwd=folder, capture_output=True, text=True, errors="replace", pass_fds=(lock,), check=False
    )
    if done.returncode != 0:
        said = "".join(f"\n  {line}" for line in _around_first_error(done.stderr or done.stdout))
        raise BoxError(
            f"what {folder} needs could not be installed:{said}\n"
            "Correct its requirements, or see to the network, and start the box again."
        )


def _around_first_error(output: str) -> list[str]:
    """The lines that say why; the last ones where none names an error."""
    lines = [line for line in output.splitlines() if line.strip() and _NO_REASON not in line]
    first = next((number for number, line in enumerate(lines) if "error:" in line.lower()), len(lines))
    start = max(0, min(first - _LINES_BEFORE_ERROR, len(lines) - _ERROR_LINES))
    return lines[start : start + _ERROR_LINES]


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
