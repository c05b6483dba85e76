"""A whole call of the bench: every consumer through every load, in rotated order, several times."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.contenders import BY_NAME, Contender
from bench.cores import described, pin_bench
from bench.fetch import WORKER_PYTHON, MissingToolError, fetch_go, fetch_server
from bench.loads import THROUGHPUT, Load
from bench.measure import RunFailedError, measure
from bench.paths import ROOT, SCRATCH
from bench.plan import Step, best_receivers, plan, sweep
from bench.results import Results, Run
from bench.screen import console
from bench.server import Server, running_server

_WARM_UP_RECEIVERS = 4
#: How long to look whether the machine is quiet.
_LOOK_SECONDS = 3.0
#: Tells which Python it is, and whether it was built as the official images build theirs.
_BUILD = """
import platform, sysconfig
given = sysconfig.get_config_var("CONFIG_ARGS") or ""
is_alike = "--enable-optimizations" in given and "--with-lto" in given
print(f"Python {platform.python_version()}, built {'as' if is_alike else 'otherwise than'} in the image,")
"""
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


def run_suite(contenders: Sequence[Contender], loads: Sequence[Load], repeats: int, server_name: str) -> Results:
    """Run everything and return what was measured; Ctrl-C ends it early.

    Raises MissingToolError where the server cannot be had.
    """
    SCRATCH.mkdir(exist_ok=True)
    fetch_server(server_name)
    fetch_go()
    ready = available(contenders)
    about = _about(server_name)
    pin_bench()
    with running_server(server_name) as server, _progress() as progress:
        suite = _Suite(ready, server, progress)
        try:
            for _ in range(_WARM_UP_ROUNDS):
                measure(Step(BY_NAME["go"], THROUGHPUT, _WARM_UP_RECEIVERS), server)
            for load in loads:
                if server.counts_and_delays or not load.latency_seconds:
                    suite.put_through(load, repeats)
        except KeyboardInterrupt:
            suite.failures.append(f"interrupted after {len(suite.runs)} runs")
    about["busy with other work after"] = f"{other_work_percent():.0f} %"
    return Results(about, tuple(suite.runs), tuple(suite.failures))


class _Suite:
    """Makes the runs, one after the other."""

    def __init__(self, contenders: Sequence[Contender], server: Server, progress: Progress) -> None:
        self.runs: list[Run] = []
        self.failures: list[str] = []
        self._contenders = contenders
        self._server = server
        self._progress = progress

    def put_through(self, load: Load, repeats: int) -> None:
        """Find out how many receivers suit each consumer best, then measure all of them in turn."""
        tried = self._make_all(f"{load.title}: receivers", sweep(self._contenders, load))
        self._make_all(load.title, list(plan(self._contenders, load, best_receivers(tried), repeats)))

    def _make_all(self, title: str, steps: Sequence[Step]) -> list[Run]:
        made = []
        for step in self._progress.track(steps, description=title):
            try:
                made.append(measure(step, self._server))
            except RunFailedError as error:  # the others go on
                self.failures.append(f"{step.contender.title}, {step.load.title.lower()}: {error}")
                console.print(f"[red]{self.failures[-1]}[/]", highlight=False)
        self.runs += made
        return made


def other_work_percent() -> float:
    """How busy the machine's cores are with something else."""
    return psutil.cpu_percent(_LOOK_SECONDS)


def _about(server_name: str) -> dict[str, str]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        "commit": _first_line(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.release()}",
        "cores": described(),
        "versions": ", ".join(
            [
                f"{_first_line([str(WORKER_PYTHON), '-c', _BUILD])} for the worker and the loops beside it",
                _first_line(["java", "-version"]),
                f"Node {_first_line(['node', '--version'])}",
                _first_line(["go", "version"]).removeprefix("go version "),
            ]
        ),
        "server": server_name,
        "busy with other work before": f"{other_work_percent():.0f} %",
    }


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
