"""Options: what a person asked for, checked all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from worker_simulate.conditions import Condition, condition
from worker_simulate.errors import SimulateError
from worker_simulate.stack import Stack
from worker_simulate.work.work import Handling

_T = TypeVar("_T")

_PLOT_SUFFIXES = (".png", ".svg", ".pdf")
_MOST_SEEDS = 100


@dataclass
class Options:
    """As given; `check` says what is wrong with any of them."""

    program: Path = Path()
    stack: str = "dev"
    service: str | None = None
    seeds: int = 5
    handler_seconds: float | None = None
    retry_percent: float = 0.0
    retry_seconds: float = 600.0
    groups: int | None = None
    as_json: bool = False
    fail_if: Sequence[str] = ()
    plot: Path | None = None
    problems: list[str] = field(default_factory=list)

    def check(self, *others: Callable[[], object]) -> tuple[Stack, list[Condition]]:
        """The stack and the conditions. Raises SimulateError with every problem, those of `others` too."""
        self._within("--seeds", self.seeds, 1, _MOST_SEEDS)
        self._within("--retry-percent", self.retry_percent, 0, 90)
        self._within("--retry-seconds", self.retry_seconds, 0, 43_200)
        if self.groups is not None:
            self._within("--groups", self.groups, 1, 1_000_000)
        if self.handler_seconds is not None:
            self._within("--handler-seconds", self.handler_seconds, 0.001, 43_200)
        if self.plot is not None:
            self._check_plot(self.plot)
        conditions = [found for text in self.fail_if if (found := self._attempt(lambda text=text: condition(text)))]
        for other in others:
            self._attempt(other)
        stack = self._attempt(lambda: Stack.read(self.program, self.stack, self.service))
        if self.problems or stack is None:
            raise SimulateError(self.problems)
        return stack, conditions

    def handling(self, stack: Stack) -> Handling:
        """How long handlers take: as the config says, unless --handler-seconds knows better."""
        return Handling(
            seconds=self.handler_seconds or stack.processing_seconds,
            retry_share=self.retry_percent / 100,
            retry_seconds=self.retry_seconds,
            groups=self.groups,
        )

    def _attempt(self, do: Callable[[], _T]) -> _T | None:
        try:
            return do()
        except SimulateError as error:
            self.problems += error.problems
        except ValueError as error:
            self.problems.append(str(error))
        return None

    def _within(self, name: str, value: float, least: float, most: float) -> None:
        if not least <= value <= most:
            self.problems.append(f"{name}: {value:g} is not a number from {least:g} to {most:,}")

    def _check_plot(self, path: Path) -> None:
        if path.suffix not in _PLOT_SUFFIXES:
            self.problems.append(f"--plot: {str(path)!r} is not a file that ends with {', '.join(_PLOT_SUFFIXES)}")
        elif not path.absolute().parent.is_dir():
            self.problems.append(f"--plot: there is no folder {path.absolute().parent}")
