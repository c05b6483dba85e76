"""Plots, as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from worker_simulate.summary import Summary

mpl.use("agg")


def plot_courses(summaries: Sequence[Summary], path: Path, titles: Sequence[str] = ()) -> None:
    """Backlog, tasks and latency over time, a column for each load, of its first run; titles are the loads' names."""
    figure, axes = plt.subplots(3, len(summaries), figsize=(4.5 * len(summaries), 7), squeeze=False, sharex="col")
    for column, summary in enumerate(summaries):
        course = summary.results[0].course
        minutes = course.minutes
        waiting, tasks, latency = (axes[row][column] for row in range(3))
        waiting.set_title(titles[column] if titles else summary.load.name)
        waiting.fill_between(minutes, course.waiting, step="post", color="tab:blue", alpha=0.6)
        tasks.step(minutes, course.wanted, where="post", color="tab:orange", label="wanted")
        tasks.step(minutes, course.running, where="post", color="tab:green", label="running")
        tasks.legend(loc="upper right", fontsize="small")
        latency.plot(
            minutes, [float("nan") if value is None else value for value in course.p95_seconds], color="tab:red"
        )
        latency.set_xlabel("minutes")
        for axis in (waiting, tasks, latency):
            axis.set_ylim(bottom=0)
            axis.grid(alpha=0.3)
    for row, label in enumerate(("messages waiting", "tasks", "p95, seconds")):
        axes[row][0].set_ylabel(label)
    _save(figure, path)


def plot_costs(summaries: Mapping[str, Summary], front: Sequence[str], title: str, path: Path) -> None:
    """Cost against p95; what is on the front has its name."""
    figure, axis = plt.subplots(figsize=(8, 5.5))
    for name, summary in summaries.items():
        p95, usd = summary.spread("p95"), summary.spread("usd")
        if p95 is None or usd is None:
            continue
        is_front = name in front
        span = [[p95.typical - p95.least], [p95.most - p95.typical]]
        axis.errorbar(p95.typical, usd.typical, xerr=span, fmt="o", color="tab:red" if is_front else "tab:gray")
        if is_front:
            axis.annotate(name, (p95.typical, usd.typical), fontsize="small", xytext=(5, 5), textcoords="offset points")
    axis.set_xlabel("p95, seconds")
    axis.set_ylabel("USD")
    axis.set_title(title)
    axis.grid(alpha=0.3)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.tight_layout()
    # Beside its place until it is whole.
    new = path.with_name(f"{path.stem}.new{path.suffix}")
    try:
        # Without the date, the same seeds make the same file.
        figure.savefig(new, dpi=110, metadata={"Software": None} if path.suffix == ".png" else None)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
        plt.close(figure)
