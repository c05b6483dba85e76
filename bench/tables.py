"""The tables of figures, for the terminal and for the docs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich import box
from rich.table import Table as RichTable

from bench.contenders import CONTENDERS, Contender
from bench.loads import COUNTED
from bench.results import Results

_NONE = "-"


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; the first column names the row, the others hold figures."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def for_terminal(self) -> RichTable:
        """Lay it out for the terminal."""
        table = RichTable(
            title=self.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
        )
        for index, name in enumerate(self.header):
            table.add_column(name, justify="right" if index else "left", min_width=0 if index else 20)
        for row in self.rows:
            table.add_row(*row, style="green" if row[0] in _OURS else None)
        return table

    def for_docs(self) -> str:
        """Lay it out as Markdown."""
        rule = ["---", *["---:"] * (len(self.header) - 1)]
        lines = ["| " + " | ".join(row) + " |" for row in (self.header, rule, *self.rows)]
        return f"### {self.title}\n" + "\n".join(lines) + "\n"


_OURS = {contender.title for contender in CONTENDERS if contender.ours}


def all_tables(results: Results) -> list[Table]:
    """Every table that there are runs for."""
    tables = (throughput(results), handler(results), latency(results))
    return [table for table in tables if table.rows]


def throughput(results: Results) -> Table:
    """The handler does nothing: what the consumer itself costs."""

    def row(contender: Contender) -> tuple[str, ...]:
        runs = results.of(contender.name, "throughput")

        def median(figure: str, form: str) -> str:
            return number(results.median(contender.name, "throughput", figure), form)

        return (
            contender.title,
            median("messages_per_second", ",.0f"),
            median("cpu_seconds_per_1000", ".3f"),
            median("peak_memory_mb", ".0f"),
            number(results.median(contender.name, COUNTED.name, "requests_per_message"), ".2f"),
            median("start_seconds", ".2f"),
            median("start_cpu_seconds", ".2f"),
            f"{runs[0].messages:,}",
            "yes" if all(run.all_once for run in runs) else "NO",
        )

    header = (
        "consumer",
        "messages/s",
        "CPU-s per 1,000",
        "peak MB",
        "requests each",
        "start, s",
        "start, CPU-s",
        "messages",
        "each once",
    )
    return Table("The handler does nothing", header, _rows(results, "throughput", row))


def handler(results: Results) -> Table:
    """The handler takes 50 ms: whether concurrency is what was asked for."""

    def row(contender: Contender) -> tuple[str, ...]:
        runs = results.of(contender.name, "handler-10") + results.of(contender.name, "handler-100")
        return (
            contender.title,
            number(results.median(contender.name, "handler-10", "messages_per_second"), ",.0f"),
            number(results.median(contender.name, "handler-100", "messages_per_second"), ",.0f"),
            number(results.median(contender.name, "handler-100", "cpu_seconds_per_1000"), ".3f"),
            "yes" if all(run.all_once for run in runs) else "NO",
        )

    header = ("consumer", "messages/s at 10", "messages/s at 100", "CPU-s per 1,000 at 100", "each once")
    title = "The handler takes 50 ms, at concurrency 10 and 100 (limits 200 and 2,000 a second)"
    return Table(title, header, _rows(results, "handler-100", row))


def latency(results: Results) -> Table:
    """Every call takes 10 ms longer, as over a network: whether calls overlap."""

    def row(contender: Contender) -> tuple[str, ...]:
        return (
            contender.title,
            number(results.median(contender.name, "latency", "messages_per_second"), ",.0f"),
            number(results.median(contender.name, "latency", "cpu_seconds_per_1000"), ".3f"),
            "yes" if all(run.all_once for run in results.of(contender.name, "latency")) else "NO",
        )

    header = ("consumer", "messages/s", "CPU-s per 1,000", "each once")
    title = "10 ms added to every call, the handler does nothing, concurrency 100"
    return Table(title, header, _rows(results, "latency", row))


def number(value: float | None, form: str) -> str:
    """Format a figure, or say that there is none."""
    return _NONE if value is None else format(value, form)


def _rows(results: Results, load: str, row: Callable[[Contender], tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(row(contender) for contender in CONTENDERS if results.of(contender.name, load))
