"""Worker processes on this machine: which there are, and how to kill one as the end of its container does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any


def children_of(*parents: int) -> set[int]:
    """Processes that any of these has started and that still run."""
    pids = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(parent) in parents and state != "Z":
                    pids.add(int(entry.name))
    return pids


def workers_left(directory: Path) -> set[int]:
    """Worker processes that still run and keep their ledger below a directory."""
    ledger = f"LEDGER_FILE={directory}/".encode()
    pids = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if ledger in (entry / "environ").read_bytes():
                    pids.add(int(entry.name))
    return pids


def kill_container(process: subprocess.Popen[Any]) -> None:
    """Kill a worker together with the processes that it may have started."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            # Stopped, it can start no more of them meanwhile.
            os.kill(process.pid, signal.SIGSTOP)
            for pid in [*children_of(process.pid), process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    process.wait()
