"""`python -m bench`: measure the worker beside other SQS consumers on this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bench.contenders import BY_NAME
from bench.cores import pin_bench
from bench.fetch import MissingToolError, fetch_server, fetch_worker
from bench.loads import LOADS
from bench.measure import RunFailedError
from bench.page import write_page
from bench.paths import DOCS, RESULTS, SCRATCH
from bench.plan import scaled
from bench.plots import draw
from bench.results import Results
from bench.screen import console
from bench.server import SERVERS, running_server
from bench.soak import Reading, soak
from bench.suite import other_work_percent, run_suite
from bench.tables import all_tables
from bench.targets import targets

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

_T = TypeVar("_T")
#: More than this, and figures say more about the other work.
_QUIET_PERCENT = 10.0
_LOADS = {load.name: load for load in LOADS}


def _unknown(names: list[str], known: dict[str, Any], what: str) -> list[str]:
    return [f"{name!r} is no {what}: there are {', '.join(known)}" for name in names if name not in known]


def _chosen(names: list[str], known: dict[str, _T]) -> list[_T]:
    """Those that were named, or all."""
    return [known[name] for name in known if not names or name in names]


@app.command()
def run(
    consumer: Annotated[list[str], typer.Option(help="Only these consumers: " + ", ".join(BY_NAME))] = [],  # noqa: B006
    load: Annotated[list[str], typer.Option(help="Only these loads: " + ", ".join(_LOADS))] = [],  # noqa: B006
    repeats: Annotated[int, typer.Option(min=1, max=100, help="Runs of each; tables show medians")] = 3,
    server: Annotated[str, typer.Option(help="The SQS server: " + " or ".join(SERVERS))] = SERVERS[0],
    messages: Annotated[
        int | None,
        typer.Option(min=100, max=1_000_000, help="Messages where the handler does nothing; scales the other loads"),
    ] = None,
    results: Annotated[
        Path | None, typer.Option(help="Where to write the JSON; bench/results/ where not given")
    ] = None,
) -> None:
    """Measure, print the tables, and keep the figures as JSON. All of it takes half an hour, on a quiet machine."""
    problems = (
        _unknown(consumer, BY_NAME, "consumer")
        + _unknown(load, _LOADS, "load")
        + _unknown([server], dict.fromkeys(SERVERS), "server")
    )
    if problems:
        raise typer.BadParameter("\n".join(problems))
    busy = other_work_percent()
    if busy > _QUIET_PERCENT:
        console.print(f"[yellow]The machine is not quiet: other work takes {busy:.0f} % of it.[/]", highlight=False)
    loads = scaled(_chosen(load, _LOADS), messages)
    try:
        measured = run_suite(_chosen(consumer, BY_NAME), loads, repeats, server)
    except MissingToolError as error:
        console.print(f"[red]The bench cannot start:[/] {error}", highlight=False)
        raise typer.Exit(2) from None
    path = results or RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M}.json"
    measured.save(path)
    _print(measured)
    console.print(f"Written to {path}. `python -m bench report {path}` puts it into the docs.", highlight=False)
    if measured.failures or not all(run.all_once for run in measured.runs):
        raise typer.Exit(1)


@app.command()
def report(
    results: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `run` wrote")],
    docs: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of bench.md and the plots")] = DOCS,
) -> None:
    """Put a run's tables and plots into the docs."""
    measured = Results.load(results)
    page = docs / "bench.md"
    write_page(measured, page)
    for path in (page, *draw(measured, docs)):
        console.print(f"Written: {path}", highlight=False)


@app.command(name="soak")
def run_soak(
    messages: Annotated[int, typer.Option(min=1_000, max=9_999_999, help="Messages in all")] = 1_000_000,
) -> None:
    """Run the worker over a queue that is refilled all the time, and watch its memory."""
    SCRATCH.mkdir(exist_ok=True)
    console.print("  handled   seconds   memory, MB   peak since, MB   CPU-s")
    try:
        fetch_server(SERVERS[0])
        fetch_worker()
        pin_bench()
        with running_server(SERVERS[0]) as server:
            soaked = soak(server.port, messages, _show)
    except (MissingToolError, RunFailedError) as error:
        console.print(f"[red]{error}[/]", highlight=False)
        raise typer.Exit(1) from None
    path = RESULTS / f"soak-{datetime.now(UTC):%Y-%m-%dT%H%M}.json"
    soaked.save(path)
    console.print(f"{soaked.balance}, {soaked.left_in_queue} left in the queue\nWritten to {path}.", highlight=False)
    if not soaked.balance.once_each or soaked.left_in_queue:
        raise typer.Exit(1)


def _show(reading: Reading) -> None:
    console.print(
        f"{reading.handled:9,} {reading.seconds:9.1f} {reading.memory_mb:12.1f} {reading.peak_memory_mb:16.1f}"
        f" {reading.cpu_seconds:7.1f}",
        highlight=False,
    )


def _print(measured: Results) -> None:
    for table in (*all_tables(measured), targets(measured)):
        console.print(table.for_terminal())


if __name__ == "__main__":
    app()
