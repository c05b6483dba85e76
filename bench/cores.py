"""Keeps the server and the consumer off each other's core, where the machine lets it."""

from __future__ import annotations

import os
import shutil
from typing import Literal

Part = Literal["server", "consumer"]


def pinned(command: list[str], part: Part) -> list[str]:
    """Run a command on its part's cores: the consumer on the last, the server and the bench on the others."""
    cores = _cores(part)
    return ["taskset", "--cpu-list", ",".join(map(str, cores)), *command] if cores else command


def unpinned(command: list[str]) -> list[str]:
    """Run a command on every core, although the bench itself keeps to some."""
    return ["taskset", "--cpu-list", ",".join(map(str, _CORES)), *command] if _CORES else command


def pin_bench() -> None:
    """Keep this process off the consumer's core."""
    cores = _cores("server")
    if cores:
        os.sched_setaffinity(0, cores)


def described() -> str:
    """Say what runs where."""
    if not _cores("consumer"):
        return "nothing pinned to a core"
    return "the consumer pinned to one core, the server and the bench to the others"


def _own_cores() -> list[int]:
    """The cores that this process may use; empty where nothing can be pinned."""
    if shutil.which("taskset") is None or not hasattr(os, "sched_getaffinity"):
        return []
    return sorted(os.sched_getaffinity(0))


#: Read once, before the bench gives up the consumer's core.
_CORES = _own_cores()


def _cores(part: Part) -> list[int]:
    if len(_CORES) < 2:
        return []
    return _CORES[-1:] if part == "consumer" else _CORES[:-1]
