"""What the terminal shows: a line for each run, and the sum of them."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from chaos.verdict import Verdict


class Report:
    """Counts verdicts and prints them."""

    def __init__(self, runs: int, messages: int, seed: int) -> None:
        self._runs = runs
        self._messages = messages
        self._verdicts: list[Verdict] = []
        self._started_at = time.monotonic()
        self._console = Console(highlight=False, soft_wrap=True)
        self._console.print(f"{runs} runs of {messages} messages, seeds {seed} to {seed + runs - 1}")

    def add(self, verdict: Verdict) -> None:
        """Print a run's line, and what is wrong with it."""
        self._verdicts.append(verdict)
        state = "[red]FAILED[/red]" if verdict.failed else "[green]ok[/green]"
        self._console.print(
            f"{len(self._verdicts):>4}/{self._runs} {state} seed {verdict.seed} ({verdict.kind}): "
            f"{verdict.sent} sent, {verdict.done} done, {verdict.dead_lettered} dead-lettered, "
            f"{verdict.duplicates} done again, {len(verdict.lost)} lost; {verdict.kills} killed, "
            f"{verdict.stops} stopped, {verdict.faults} calls failed; {verdict.seconds:.1f} s"
        )
        if verdict.failed:
            for line in [f"lost: {key}" for key in verdict.lost] + verdict.wrong:
                self._console.print(f"       {line}", style="red")
            self._console.print(f"       its ledger and logs: {verdict.kept}")
            self._console.print(
                f"       again: python -m chaos --runs 1 --messages {self._messages} --seed {verdict.seed}"
            )

    def close(self) -> int:
        """Print the sum; returns the exit code."""
        table = Table(title="All runs", show_header=False)
        table.add_column(justify="left")
        table.add_column(justify="right")
        for name, count in self._sums():
            table.add_row(name, f"{count:,}")
        self._console.print(table)
        failed = [verdict.seed for verdict in self._verdicts if verdict.failed]
        if failed:
            self._console.print(f"failed seeds: {', '.join(map(str, sorted(failed)))}", style="red")
        return 1 if failed else 0

    def _sums(self) -> list[tuple[str, int]]:
        verdicts = self._verdicts
        return [
            ("runs", len(verdicts)),
            ("messages sent", sum(verdict.sent for verdict in verdicts)),
            ("done", sum(verdict.done for verdict in verdicts)),
            ("dead-lettered", sum(verdict.dead_lettered for verdict in verdicts)),
            ("done more than once", sum(verdict.duplicates for verdict in verdicts)),
            ("workers killed", sum(verdict.kills for verdict in verdicts)),
            ("workers stopped", sum(verdict.stops for verdict in verdicts)),
            ("calls that failed", sum(verdict.faults for verdict in verdicts)),
            ("lost", sum(len(verdict.lost) for verdict in verdicts)),
            ("runs with anything else wrong", sum(bool(verdict.wrong) for verdict in verdicts)),
            ("seconds", round(time.monotonic() - self._started_at)),
        ]
