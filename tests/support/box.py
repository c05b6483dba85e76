"""A box in a copy of the checkout, so that tests can run several at a time and give it stacks of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".box", "tests", "docs", "bench", ".*_cache", ".hypothesis")
#: Far more than anything takes on a busy machine: it ends a test that would wait for ever.
_DEADLINE_SECONDS = 300.0


def copy_checkout(directory: Path) -> Path:
    """The program, the worker and the box, in a directory of their own."""
    return Path(shutil.copytree(_ROOT, directory / "checkout", ignore=_NOT_COPIED))


def add_stack(checkout: Path, name: str, changes: dict[str, str]) -> None:
    """A stack like dev, with other values of some keys; values are YAML."""
    lines = (checkout / "Pulumi.dev.yaml").read_text().splitlines()
    kept = [line for line in lines if not any(line.strip().startswith(f"{key}:") for key in changes)]
    changed = [f"  {key}: {value}" for key, value in changes.items()]
    (checkout / f"Pulumi.{name}.yaml").write_text("\n".join([*kept, *changed]) + "\n")


def run_box(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the box to its end."""
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=checkout,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=_DEADLINE_SECONDS,
        check=False,
    )


@contextmanager
def running_up(
    checkout: Path, *arguments: str, program: Path | None = None, until: Callable[[], bool] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """`up` from the moment when all its workers run, or `until` says so; killed at the end if it was not stopped.

    It shows in checkout/up.txt. `program` is another folder than the checkout.
    """
    folder = program or checkout
    with (checkout / "up.txt").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up", "--program", str(folder), *arguments],
            cwd=checkout,
            env=_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            # Tests may run as a background job, whose children ignore Ctrl-C unless it is put back.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
        )
    try:
        has_begun = until or (lambda: _all_workers_run(folder, process.pid))
        wait_until(lambda: has_begun() or process.poll() is not None)
        assert process.poll() is None, (checkout / "up.txt").read_text()
        yield process
    finally:
        process.kill()
        process.wait()


def _all_workers_run(folder: Path, pid: int) -> bool:
    state = box_state(folder)
    # A box that was killed has left its own.
    return state.get("pid") == pid and all(worker["pid"] for worker in state["workers"])


def box_state(checkout: Path) -> dict[str, Any]:
    """What the box tells the other commands; empty while it starts."""
    try:
        return json.loads((checkout / ".box" / "box.json").read_text())
    except FileNotFoundError:
        return {}


def worker_pids(checkout: Path) -> list[int]:
    """The processes of the workers that run."""
    return [worker["pid"] for worker in box_state(checkout).get("workers", []) if worker["pid"]]


def wait_until(condition: Callable[[], Any]) -> Any:
    """The condition's value, as soon as it is true."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return value


def is_running(pid: int) -> bool:
    """Whether the process exists, and is not only waiting to be noticed dead."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def processes_in(checkout: Path) -> list[str]:
    """Command lines of all processes that were started in the checkout, the box's and the workers'."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(checkout):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [line for line in found if line]


def _environment() -> dict[str, str]:
    """A person's environment, with settings of AWS that must not reach the box."""
    return {**os.environ, "AWS_PROFILE": "missing", "AWS_REGION": "us-west-2", "HTTP_PROXY": "http://127.0.0.1:1"}
