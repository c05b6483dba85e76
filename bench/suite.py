"""A whole call of the bench: every consumer through every load, in rotated order, several times."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.contenders import BY_NAME, Contender
from bench.cores import described, pin_bench
from bench.fetch import MissingToolError, fetch_go, fetch_server
from bench.loads import THROUGHPUT, Load
from bench.measure import RunFailedError, measure
from bench.paths import ROOT, SCRATCH
from bench.plan import Step, plan
from bench.results import Results, Run
from bench.screen import console
from bench.server import running_server

#: Rounds until the server's code is compiled and its rate no longer grows.
_WARM_UP_ROUNDS = 3


def available(contenders: Sequence[Contender]) -> list[Contender]:
    """Fetch what the consumers need; leave out, saying so, those that cannot run on this machine."""
    ready = []
    for contender in contenders:
        try:
            contender.fetch()
            ready.append(contender)
        except MissingToolError as error:
            console.print(f"[yellow]{contender.title} is left out:[/] {error}", highlight=False)
    return ready


def run_suite(contenders: Sequence[Contender], loads: Sequence[Load], repeats: int) -> Results:
    """Run everything and return what was measured; Ctrl-C ends it early.

    Raises MissingToolError where the server cannot be had.
    """
    SCRATCH.mkdir(exist_ok=True)
    fetch_server()
    fetch_go()
    about = _about()
    steps = list(plan(available(contenders), loads, repeats))
    pin_bench()
    runs: list[Run] = []
    failures: list[str] = []
    with running_server() as port, _progress() as progress:
        task = progress.add_task("warming the server up", total=len(steps))
        try:
            for _ in range(_WARM_UP_ROUNDS):
                measure(BY_NAME["go"], THROUGHPUT, port)
            for step in progress.track(steps, task_id=task):
                progress.update(task, description=f"{step.contender.title}: {step.load.title.lower()}")
                _make(step, port, runs, failures)
        except KeyboardInterrupt:
            failures.append(f"interrupted after {len(runs)} of {len(steps)} runs")
    about["load average after"] = _load_average()
    return Results(about, tuple(runs), tuple(failures))


def _make(step: Step, port: int, runs: list[Run], failures: list[str]) -> None:
    """Make one run; the others go on where it fails."""
    try:
        runs.append(measure(step.contender, step.load, port, step.count_requests))
    except RunFailedError as error:
        failures.append(f"{step.contender.title}, {step.load.title.lower()}: {error}")
        console.print(f"[red]{failures[-1]}[/]", highlight=False)


def _about() -> dict[str, str]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        "commit": _first_line(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.release()}",
        "cores": described(),
        "versions": ", ".join(
            [
                f"Python {platform.python_version()}",
                _first_line(["java", "-version"]),
                f"Node {_first_line(['node', '--version'])}",
                _first_line(["go", "version"]).removeprefix("go version "),
            ]
        ),
        "load average before": _load_average(),
    }


def _load_average() -> str:
    return ", ".join(f"{load:.2f}" for load in os.getloadavg()) + " (1, 5, 15 minutes)"


def _processor() -> str:
    """The processor's name, where Linux tells it."""
    try:
        lines = open("/proc/cpuinfo", encoding="utf-8").read().splitlines()  # noqa: PTH123, SIM115
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError:
        return "none"
    return done.stdout.partition("\n")[0].strip()


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
