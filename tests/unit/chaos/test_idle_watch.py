"""Who is green while it does nothing, as the health check's files tell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from chaos import idle_watch
from chaos.idle_watch import IDLE_MOST_SECONDS, IdleWatch
from chaos.workers import Workers
from worker_runtime.health import HealthFile


class Queue:
    """Has messages, or not."""

    waiting = True

    def is_empty(self) -> bool:
        return not self.waiting


class Bench:
    """A watch over one worker that is this process, at a time of its own."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self.ledger = directory / "ledger.jsonl"
        self.queue = Queue()
        self.problem: str | None = None
        self.health = HealthFile(str(directory / "w1-health"))
        monkeypatch.setattr(idle_watch.time, "monotonic", lambda: self.now)
        workers = Workers(0, {}, directory)
        workers._names[os.getpid()] = "w1"
        workers._started_at["w1"] = self.now
        workers._running = [Process()]  # type: ignore[list-item]
        self.watch = IdleWatch(self.ledger, self.queue, workers)  # type: ignore[arg-type]

    def look_for(self, seconds: float) -> list[str]:
        end = self.now + seconds
        while self.now < end:
            self.health.write(self.problem, busy=False)
            self.watch.look()
            self.now += 1
        return self.watch.green_while_idle


class Process:
    """Runs."""

    pid = os.getpid()

    def poll(self) -> None:
        return None


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return Bench(tmp_path, monkeypatch)


def test_green_worker_that_does_nothing_while_messages_wait_is_found(bench: Bench) -> None:
    assert bench.look_for(IDLE_MOST_SECONDS) == []
    assert bench.look_for(10) == ["w1"]


def test_red_worker_says_what_is_wrong(bench: Bench) -> None:
    bench.problem = "no receive has succeeded"
    assert bench.look_for(IDLE_MOST_SECONDS + 10) == []


def test_green_worker_without_work_is_well(bench: Bench) -> None:
    bench.queue.waiting = False
    assert bench.look_for(IDLE_MOST_SECONDS + 10) == []


def test_green_worker_whose_handlers_begin_and_end_is_well(bench: Bench) -> None:
    for _ in range(3):
        with bench.ledger.open("a") as ledger:
            ledger.write("{}\n")
        assert bench.look_for(IDLE_MOST_SECONDS - 10) == []
