"""Signals that ask the worker to leave: F3 to F6."""

from __future__ import annotations

import signal
import threading

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import Fault
from tests.support.worker_queue import wait_until


@pytest.mark.parametrize("transport", ["wire", "boto3"])
def test_f03_sigterm_in_a_long_poll_leaves_nothing_invisible(lab: FaultLab, transport: str) -> None:
    """The poll has taken a message, its answer is still on the wire when the signal comes."""
    queue = lab.queue(visibility_seconds=600)
    release = threading.Event()
    lab.proxy.rule = lambda call: Fault(hold=release) if call.operation == "ReceiveMessage" else None
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        wait_until(lambda: lab.proxy.calls("ReceiveMessage"), "a long poll")
        lab.send(queue, "a")
        wait_until(lambda: queue.counts() == (0, 1), "the message to be taken by the poll")
        worker.process.send_signal(signal.SIGTERM)
        release.set()
        assert worker.wait() == 0
    assert queue.counts() == ((0, 0) if lab.ledger.done else (1, 0))


def test_f03_sigterm_when_idle_leaves_at_once(lab: FaultLab) -> None:
    queue = lab.queue()
    with lab.worker(queue) as worker:
        wait_until(lambda: lab.proxy.calls("ReceiveMessage"), "a long poll")
        assert worker.stop() == 0
    assert [line["action"] for line in worker.lines if "action" in line][-1] == "worker_stopped"


def test_f04_sigterm_mid_batch_finishes_what_runs_and_hands_back_the_rest(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=600, fifo=True)
    go = lab.directory / "go"
    for group in ("x", "y", "z"):
        lab.send(queue, {"key": f"{group}1", "until": str(go)}, f"{group}2", f"{group}3", group=group)
    with lab.worker(queue) as worker:
        wait_until(lambda: len(lab.ledger.attempts) == 3 and queue.counts() == (0, 9), "three handlers, six waiting")
        worker.process.send_signal(signal.SIGTERM)
        wait_until(lambda: queue.counts() == (6, 3), "the six to be handed back while the three still run")
        go.touch()
        assert worker.wait() == 0
    assert queue.counts() == (6, 0)
    lab.assert_each_done_once("x1", "y1", "z1")


@pytest.mark.parametrize(
    "handler",
    ["handle", *slow("handle_async", "handle_batch")],
)
def test_f05_work_longer_than_the_drain_budget_comes_back_at_once(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=600)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    with lab.worker(queue, handler, WORKER_STOP_TIMEOUT_SECONDS="2") as first:
        lab.wait_for_attempts("a")
        assert first.stop() == 1
    assert queue.counts() == (1, 0)
    go.touch()
    with lab.worker(queue, handler) as second:
        lab.wait_until_done(queue)
        assert second.stop() == 0
    lab.assert_each_done_once("a")


@pytest.mark.parametrize("second_signal", [signal.SIGTERM, *slow(signal.SIGINT)])
def test_f06_a_second_signal_hands_back_and_leaves(lab: FaultLab, second_signal: signal.Signals) -> None:
    queue = lab.queue(visibility_seconds=600)
    lab.send(queue, {"key": "a", "until": str(lab.directory / "never")})
    with lab.worker(queue, WORKER_STOP_TIMEOUT_SECONDS="120") as worker:
        lab.wait_for_attempts("a")
        worker.process.send_signal(signal.SIGTERM)
        worker.wait_for("drain_started")
        worker.process.send_signal(second_signal)
        assert worker.wait() == 1
    assert queue.counts() == (1, 0)
