"""What the simulator tells a person who has to do something about it."""

from __future__ import annotations

from collections.abc import Sequence


class SimulateError(Exception):
    """Problems that their reader can solve: what is wrong and what to do, one a line; never a traceback."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)
