"""`python -m chaos`: run random faults against the worker, and say whether anything was lost."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from random import SystemRandom
from typing import Annotated

import typer

from chaos.report import Report
from chaos.run import run


def main(
    runs: Annotated[int, typer.Option(min=1, max=10_000, help="Runs, each with its own seed.")] = 20,
    messages: Annotated[int, typer.Option(min=1, max=10_000_000, help="Messages in all, over the runs.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first run; the next has the next. 0: any.")] = 0,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Runs at a time.")] = 2,
) -> None:
    """Kill, stop, starve and slow down worker processes, and account for every message.

    Exit code 1 where a message was lost, or something happened that no fault explains; the failing seed is
    printed with the command that runs it again.
    """
    each = max(1, messages // runs)
    first = seed or SystemRandom().randrange(1, 1_000_000)
    report = Report(runs, each, first)
    # Each run in a process of its own: there is one emulator to a process.
    with ProcessPoolExecutor(parallel, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(run, number, each) for number in range(first, first + runs)]
        for future in as_completed(futures):
            report.add(future.result())
    sys.exit(report.close())


if __name__ == "__main__":
    typer.run(main)
