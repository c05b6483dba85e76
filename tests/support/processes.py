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


def workers_left() -> set[int]:
    """Worker processes of this process that still run, and those that lost their parent."""
    return {pid for pid in children_of(os.getpid(), 1) if _is_worker(pid)}


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


def _is_worker(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:3] == [b"-m", b"worker"]
    except OSError:
        return False
