"""Fetches the SQS server and the peers into `.bench/`, each with its language's own client, pinned."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.paths import BENCH, CONSUMERS, ROOT, SCRATCH
from bench.screen import console

ELASTICMQ = SCRATCH / "elasticmq"
WORKER_PYTHON = SCRATCH / "worker" / "bin" / "python"
PEERS_PYTHON = SCRATCH / "peers" / "bin" / "python"
FANFERRO_PYTHON = SCRATCH / "fanferro" / "bin" / "python"
NODE = SCRATCH / "node"
GO_CONSUMER = SCRATCH / "go" / "consumer"
LEAN_SERVER = SCRATCH / "lean" / "server"

WORKER = ROOT / "worker"
_NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12")


class MissingToolError(Exception):
    """A program that the bench builds on is not on the path."""


def fetch_server(name: str) -> None:
    """Build our own server, or gather ElasticMQ's class path."""
    if name == "lean":
        _build_with_go("our own server", BENCH / "lean_server", LEAN_SERVER)
        return
    pom = BENCH / "elasticmq" / "pom.xml"
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={ELASTICMQ}"]
    _once("ElasticMQ", ELASTICMQ, [pom], lambda: _run(command))


def fetch_worker() -> None:
    """Install the worker beside the Python that its image has; the bench's own where that one is not on the path."""
    python = _running_python([f"python{image_python()}"]) or sys.executable
    _python_environment("the worker", WORKER_PYTHON, "requirements-worker.txt", python, WORKER / "pyproject.toml")


def image_python() -> str:
    """The version of Python that the worker is shipped with, such as 3.13."""
    (version,) = set(re.findall(r"^FROM \S+/python:(\d+\.\d+)", (WORKER / "Dockerfile").read_text(), re.MULTILINE))
    return version


def fetch_peers() -> None:
    """Install the Python peers."""
    _python_environment("Celery, dramatiq and sqs-workers", PEERS_PYTHON, "requirements-peers.txt", sys.executable)


def fetch_fanferro() -> None:
    """Install fanferro beside a Python that is new enough for it."""
    python = _running_python(_NEWER_PYTHONS)
    if python is None:
        raise MissingToolError(
            "fanferro needs Python 3.12 or newer on the path, as one of " + ", ".join(_NEWER_PYTHONS)
        )
    _python_environment("fanferro", FANFERRO_PYTHON, "requirements-fanferro.txt", python)


def fetch_node() -> None:
    """Install sqs-consumer, with the script that runs it beside its modules, where Node looks for them."""
    sources = [CONSUMERS / "node" / "package.json", CONSUMERS / "node" / "consumer.mjs"]

    def install() -> None:
        NODE.mkdir(parents=True)
        for source in sources:
            shutil.copy(source, NODE)
        _run(["npm", "install", "--prefix", str(NODE), "--silent", "--no-audit", "--no-fund"])

    _once("sqs-consumer", NODE, sources, install)


def fetch_go() -> None:
    """Build the Go consumer."""
    _build_with_go("the Go consumer", CONSUMERS / "go", GO_CONSUMER)


def _running_python(names: Sequence[str]) -> str | None:
    """Find the first of these Pythons that runs: one that a version manager only announces does not."""
    for name in names:
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return None


def _build_with_go(what: str, source: Path, binary: Path) -> None:
    command = ["go", "build", "-C", str(source), "-o", str(binary), "."]
    _once(what, binary.parent, sorted(source.iterdir()), lambda: _run(command))


def _python_environment(what: str, python: Path, requirements: str, base: str, *more_sources: Path) -> None:
    folder, source = python.parent.parent, CONSUMERS / "python" / requirements

    def install() -> None:
        _run([base, "-m", "venv", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(source)])

    _once(f"{what}, for {Path(base).name}", folder, [source, *more_sources], install)


def _once(what: str, folder: Path, sources: Sequence[Path], install: Callable[[], None]) -> None:
    """Install into `folder` unless that was done already from the same sources."""
    stamp = folder / ".installed-from"
    digest = hashlib.sha256(b"".join([what.encode(), *(source.read_bytes() for source in sources)])).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with console.status(f"Fetching {what} (once) ..."):
        install()
    stamp.write_text(digest)


def _run(command: list[str]) -> None:
    """Run a command; where it fails, show what it said."""
    if shutil.which(command[0]) is None:
        raise MissingToolError(f"{command[0]} is not on the path")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        raise MissingToolError(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}")
