"""Hooks that fail, exit or hang, in one process and in several: F85, F86."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from typing import Any

import pytest

from tests.support.fault_lab import FaultLab
from tests.support.worker_queue import wait_until

HANDLER = "tests.support.hooked_handlers.handle"


def ledger_of(lab: FaultLab) -> list[dict[str, Any]]:
    file = lab.directory / "ledger.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def count(lab: FaultLab, event: str) -> int:
    return Counter(line["event"] for line in ledger_of(lab))[event]


@pytest.mark.parametrize("act", ["startup_raise", "startup_exit"])
@pytest.mark.parametrize("processes", [1, 2])
def test_f85_a_startup_that_fails_receives_nothing_and_is_told(lab: FaultLab, act: str, processes: int) -> None:
    queue = lab.queue()
    queue.send("a")
    with lab.direct_worker(queue, HANDLER, HOOKS_ACT=act, WORKER_PROCESSES=str(processes)) as worker:
        worker.wait_for("startup_failed", processes)
        if processes == 1:
            assert worker.wait() == 1
        else:
            # Each is started again; meanwhile the container is unhealthy.
            wait_until(lambda: count(lab, "startup") > processes, "another start")
            wait_until(lambda: lab.health() != [], "the health check")
            worker.stop()
    assert queue.counts() == (1, 0)


def test_f85_a_startup_that_fails_for_a_while_is_made_again(lab: FaultLab) -> None:
    queue = lab.queue()
    queue.send("a", "b")
    file = str(lab.directory / "up")
    with lab.direct_worker(
        queue, HANDLER, HOOKS_ACT="startup_raise_once", HOOKS_FILE=file, WORKER_PROCESSES="2"
    ) as worker:
        wait_until(queue.is_empty, "both messages")
        wait_until(lambda: count(lab, "startup") >= 3, "the second start")
        assert worker.stop() == 0
    assert sorted(line["key"] for line in ledger_of(lab) if line["event"] == "done") == ["a", "b"]


def test_f85_a_startup_that_hangs_ends_with_the_first_signal(lab: FaultLab) -> None:
    queue = lab.queue()
    queue.send("a")
    with lab.direct_worker(queue, HANDLER, HOOKS_ACT="startup_hang") as worker:
        wait_until(lambda: count(lab, "startup"), "the start")
        assert worker.stop() == 0
    assert queue.counts() == (1, 0)


@pytest.mark.parametrize("act", ["shutdown_raise", "shutdown_exit", "shutdown_hang"])
@pytest.mark.parametrize("processes", [1, 2])
def test_f86_a_shutdown_that_fails_or_hangs_costs_no_message_and_no_time(
    lab: FaultLab, act: str, processes: int
) -> None:
    queue = lab.queue()
    queue.send("a", "b")
    environment = {"HOOKS_ACT": act, "WORKER_PROCESSES": str(processes), "WORKER_STOP_TIMEOUT_SECONDS": "6"}
    with lab.direct_worker(queue, HANDLER, **environment) as worker:
        wait_until(lambda: count(lab, "startup") == processes and queue.is_empty(), "both messages")
        asked_at = time.monotonic()
        assert worker.stop() == 1
        assert time.monotonic() - asked_at <= 6
        assert len(worker.actions("shutdown_failed")) == processes
    assert queue.is_empty()
    assert queue.dead_letters() == []


def test_f86_a_process_that_was_killed_starts_with_its_hooks_and_the_others_end_with_theirs(lab: FaultLab) -> None:
    queue = lab.queue()
    with lab.direct_worker(queue, HANDLER, HOOKS_ACT="", WORKER_PROCESSES="2") as worker:
        wait_until(lambda: count(lab, "startup") == 2, "both starts")
        killed = ledger_of(lab)[0]["pid"]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: count(lab, "startup") == 3, "the third start")
        queue.send("a")
        wait_until(queue.is_empty, "the message")
        wait_until(lambda: count(lab, "done") == 1, "its line")
        worker.stop()
    started = {line["pid"] for line in ledger_of(lab) if line["event"] == "startup"}
    ended = {line["pid"] for line in ledger_of(lab) if line["event"] == "shutdown"}
    assert ended == started - {killed}
