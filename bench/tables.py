"""The tables of figures, for the terminal and for the docs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table as RichTable

from bench.contenders import CONTENDERS, Contender
from bench.results import Results, Run, Spread

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
    tables = (
        throughput(results),
        handler(results),
        latency(results, "latency-10", "10 ms"),
        latency(results, "latency-25", "25 ms"),
        others(results),
    )
    return [table for table in tables if table.rows]


def throughput(results: Results) -> Table:
    """The handler does nothing: what the consumer itself costs."""

    def row(contender: Contender) -> tuple[str, ...]:
        runs = results.of(contender.name, "throughput")

        def spread(figure: str, form: str) -> str:
            return text_of(results.spread(contender.name, "throughput", figure), form)

        requests = results.requests_per_message(contender.name)
        return (
            contender.title,
            _receivers(results, contender, "throughput"),
            spread("messages_per_second", ",.0f"),
            spread("cpu_seconds_per_1000", ".3f"),
            spread("peak_memory_mb", ".0f"),
            _NONE if requests is None else f"{requests:.2f}",
            spread("start_seconds", ".2f"),
            f"{runs[0].messages:,}",
            _each_once(runs),
        )

    header = (
        "consumer",
        "receivers",
        "messages/s",
        "CPU-s per 1,000",
        "peak MB",
        "requests each",
        "start, s",
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
            _receivers(results, contender, "handler-100"),
            text_of(results.spread(contender.name, "handler-10", "messages_per_second"), ",.0f"),
            text_of(results.spread(contender.name, "handler-100", "messages_per_second"), ",.0f"),
            text_of(results.spread(contender.name, "handler-100", "cpu_seconds_per_1000"), ".3f"),
            _each_once(runs),
        )

    header = ("consumer", "receivers", "messages/s at 10", "messages/s at 100", "CPU-s per 1,000 at 100", "each once")
    title = "The handler takes 50 ms, at concurrency 10 and 100 (limits 200 and 2,000 a second)"
    return Table(title, header, _rows(results, "handler-100", row))


def latency(results: Results, load: str, added: str) -> Table:
    """Every call takes longer, as over a network: whether calls overlap."""

    def row(contender: Contender) -> tuple[str, ...]:
        return (
            contender.title,
            _receivers(results, contender, load),
            text_of(results.spread(contender.name, load, "messages_per_second"), ",.0f"),
            text_of(results.spread(contender.name, load, "cpu_seconds_per_1000"), ".3f"),
            _each_once(results.of(contender.name, load)),
        )

    header = ("consumer", "receivers", "messages/s", "CPU-s per 1,000", "each once")
    title = f"{added} added to every call, the handler does nothing, concurrency 100"
    return Table(title, header, _rows(results, load, row))


def others(results: Results) -> Table:
    """What only some consumers are put through."""
    rows = []
    for contender in CONTENDERS:
        for load, what in (("fifo", "FIFO, 50 groups"), ("cpu", "handler computes for 5 ms, both cores")):
            if runs := results.of(contender.name, load):
                rate = text_of(results.spread(contender.name, load, "messages_per_second"), ",.0f")
                rows.append((contender.title, what, "messages/s", rate, _each_once(runs)))
        if runs := results.of(contender.name, "trickle"):
            for quantile in ("p50", "p99"):
                taken = results.spread(contender.name, "trickle", f"latency_{quantile}_seconds")
                what = f"20 a second, {quantile} from send to handled"
                rows.append((contender.title, what, "ms", text_of(taken, ".1f", 1_000), _each_once(runs)))
    return Table("Other loads", ("consumer", "load", "unit", "figure", "each once"), tuple(rows))


def text_of(spread: Spread | None, form: str, scale: float = 1) -> str:
    """A figure's median, least and most."""
    if spread is None:
        return _NONE
    median, least, most = (format(figure * scale, form) for figure in (spread.median, spread.least, spread.most))
    return median if least == most else f"{median} ({least} to {most})"


def _receivers(results: Results, contender: Contender, load: str) -> str:
    """How many it did best with; a consumer that chooses by itself was told none."""
    receivers = results.of(contender.name, load)[0].receivers
    return "its own choice" if receivers is None and contender.ours else _NONE if receivers is None else str(receivers)


def _each_once(runs: Sequence[Run]) -> str:
    return "yes" if all(run.all_once for run in runs) else "NO"


def _rows(results: Results, load: str, row: Callable[[Contender], tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(row(contender) for contender in CONTENDERS if results.of(contender.name, load))
