"""The plots in docs/."""

# pyright: reportMissingImports=false
# matplotlib is in the bench's own environment alone.
from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.contenders import CONTENDERS
from bench.results import Results

_OUR_COLOR, _OTHER_COLOR = "#2a7f62", "#9aa5b1"
_LIMIT_PER_SECOND = 2_000


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw the plots; returns the files."""
    throughput, handler = folder / "bench-throughput.png", folder / "bench-handler.png"
    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    figure.suptitle("The handler does nothing: one core, local SQS server, medians")
    _bars(left, results, "throughput", "messages_per_second", ",.0f")
    left.set_xlabel("messages a second: more is better")
    _bars(right, results, "throughput", "cpu_seconds_per_1000", ".3f")
    right.set_xlabel("CPU-seconds per 1,000 messages: less is better")
    figure.savefig(throughput, dpi=110)

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    figure.suptitle("The handler takes 50 ms, concurrency 100: medians")
    _bars(axes, results, "handler-100", "messages_per_second", ",.0f")
    axes.set_xlabel("messages a second: the line is what 100 handlers can do")
    axes.axvline(_LIMIT_PER_SECOND, color="black", linewidth=1, linestyle="--")
    figure.savefig(handler, dpi=110)
    return [throughput, handler]


def _bars(axes: Axes, results: Results, load: str, figure: str, form: str) -> None:
    bars = [
        (contender.title, spread.median, _OUR_COLOR if contender.ours else _OTHER_COLOR)
        for contender in reversed(CONTENDERS)
        if (spread := results.spread(contender.name, load, figure)) is not None
    ]
    if not bars:
        return
    titles, medians, colors = zip(*bars, strict=True)
    drawn = axes.barh(titles, medians, color=colors)
    axes.bar_label(drawn, labels=[format(median, form) for median in medians], padding=3, fontsize=8)
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
