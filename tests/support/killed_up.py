"""Kills an `up` of the real engine at each of its steps."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from tests.support.box_stack import BoxStack
from tests.support.engine import COMMAND_TIMEOUT_SECONDS


class Point(NamedTuple):
    """A step: the table of the box's engine that has it, its type, and the entry's call where the entry is none."""

    table: dict[str, Any]
    type: str
    call: str = ""


class Held:
    """A call of the engine's that waits until the engine is dead."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.killed = threading.Event()

    def at(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, which tells that it is reached, and waits."""

        def held(*arguments: Any) -> Any:
            self.reached.set()
            return self.behind(call)(*arguments)

        return held

    def behind(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, which waits."""

        def held(*arguments: Any) -> Any:
            assert self.killed.wait(COMMAND_TIMEOUT_SECONDS)
            return call(*arguments)

        return held


def each_held(monkeypatch: pytest.MonkeyPatch, points: Sequence[Point]) -> Iterator[Held]:
    """Each step, with its first call held. Those behind it wait too: they may not depend on it, and be done when their
    own turn comes."""
    for number, point in enumerate(points):
        held = Held()
        with monkeypatch.context() as patch:
            _hold(patch, *point, held.at)
            for later in points[number + 1 :]:
                _hold(patch, *later, held.behind)
            yield held


def _hold(
    patch: pytest.MonkeyPatch, table: dict[str, Any], type_: str, name: str, hold: Callable[..., Callable[..., Any]]
) -> None:
    was = table[type_]
    held = dataclasses.replace(was, **{name: hold(getattr(was, name))}) if name else hold(was)
    patch.setitem(table, type_, held)


def kill_at(stack: BoxStack, held: Held, *options: str) -> None:
    """`up` until the point, kill -9, and what docs/box.md says of it."""
    stack.killed_up(held.reached, held.killed, *options)
    cancelled = stack.run("cancel", "--yes")
    assert cancelled.exit_code == 0, cancelled.output
