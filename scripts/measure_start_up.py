"""`python -m scripts.measure_start_up`: how long a command takes until its first call, the median of several starts."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Annotated

import typer

#: What there is to do before a command asks anything: all is loaded, and the options are read.
_COMMAND = ["-m", "worker_ops", "dead-letters", "list", "--older-than", "soon", "--queue", "http://127.0.0.1:9/1/q"]


def main(starts: Annotated[int, typer.Option(min=1, max=1_000, help="How often to start.")] = 15) -> None:
    """Start a command that refuses its input before its first call; the first start, which compiles, does not count."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        measured = [_start(environment) for _ in range(starts + 1)][1:]
    elapsed, used = (statistics.median(column) for column in zip(*measured, strict=True))
    sys.stdout.write(f"{starts} starts: median {elapsed:.3f} s, of which {used:.3f} s on the processor\n")


def _start(environment: dict[str, str]) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run([sys.executable, *_COMMAND], env=environment, capture_output=True, check=False)  # noqa: S603
    elapsed = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    typer.run(main)
