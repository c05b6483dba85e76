"""Runs a program that has the terminal to itself: an editor, a shell, another CLI."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

#: What a terminal sends to every program that runs in it, and this one does not end by.
_ITS_OWN = (signal.SIGINT, signal.SIGQUIT)


def run_child(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    its_own: Sequence[signal.Signals] = (),
) -> int:
    """Run it to its end, and return its exit code. Raises OSError where it cannot be run.

    Ctrl-C is for it alone: an editor and a shell go on, and whatever ends by it says so by its exit code. `its_own`
    are further signals that are for it alone.
    """
    with _left_to_the_child(*_ITS_OWN, *its_own):
        code = subprocess.run(command, cwd=cwd, env=env, check=False).returncode  # noqa: S603 - what the user named
    # As a shell tells of a signal.
    return 128 - code if code < 0 else code


@contextmanager
def _left_to_the_child(*numbers: signal.Signals) -> Iterator[None]:
    # Not SIG_IGN, which the child would begin with.
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
