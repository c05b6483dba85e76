"""Deletes that are slow, and go beside the receives: F77, F78."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import UNAVAILABLE, Call, Fault, Rule
from tests.support.worker_queue import wait_until

_KEYS = [f"m{number}" for number in range(100)]
_SLOW = Fault(late_seconds=0.05)
#: So many slow deletes, and the worker knows.
_KNOWN = 4


def deletes_are_slow_then(lab: FaultLab, fault: Callable[[], Fault]) -> Rule:
    """A rule: the first deletes are slow, the others meet a fault."""

    def rule(call: Call) -> Fault | None:
        if call.operation != "DeleteMessageBatch":
            return None
        return _SLOW if len(lab.proxy.faults()) < _KNOWN else fault()

    return rule


@pytest.mark.parametrize("handler", ["handle", *slow("handle_async", "handle_batch")])
def test_f77_sigterm_while_slow_deletes_are_under_way_waits_for_them(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=30)
    answered = threading.Event()
    lab.proxy.rule = deletes_are_slow_then(lab, lambda: Fault(late_seconds=0.05, hold=answered))
    lab.send(queue, *_KEYS)
    with lab.worker(queue, handler) as worker:
        wait_until(lambda: lab.ledger.done == set(_KEYS), "all handlers, though no delete is answered any more")
        wait_until(lambda: len(lab.proxy.faults()) > _KNOWN, "deletes under way")
        worker.process.terminate()
        answered.set()
        assert worker.wait() == 0
    assert queue.is_empty()
    lab.assert_each_done_once()


def test_f77_kill_9_while_slow_deletes_are_under_way_repeats_their_messages_at_most(lab: FaultLab) -> None:
    queue = lab.queue()
    killed = threading.Event()
    lab.proxy.rule = deletes_are_slow_then(lab, lambda: Fault(reset="before", hold=killed))
    lab.send(queue, *_KEYS)
    with lab.worker(queue) as first:
        wait_until(lambda: lab.ledger.done == set(_KEYS), "all handlers")
        lab.kill(first)
        killed.set()
    undeleted = sum(queue.counts())
    with lab.direct_worker(queue) as second:
        wait_until(queue.is_empty, "an empty queue")
        assert second.stop() == 0
    assert lab.ledger.done == set(_KEYS)
    assert 0 < undeleted < len(_KEYS)
    assert sum(lab.ledger.duplicates.values()) == undeleted


@pytest.mark.slow
def test_f78_slow_deletes_that_fail_for_long_are_tried_until_they_succeed(lab: FaultLab) -> None:
    """Longer than a visibility timeout: only the heartbeat keeps the messages."""
    queue = lab.queue()
    lab.proxy.rule = deletes_are_slow_then(lab, lambda: replace(UNAVAILABLE, delay_seconds=0.05))
    lab.send(queue, *_KEYS)
    with lab.worker(queue) as worker:
        wait_until(lambda: lab.ledger.done == set(_KEYS), "all handlers")
        extensions = len(lab.proxy.calls("ChangeMessageVisibilityBatch"))
        wait_until(
            lambda: len(lab.proxy.calls("ChangeMessageVisibilityBatch")) > extensions + 20, "several heartbeats", 60
        )
        assert sum(queue.counts()) > 0
        lab.proxy.rule = None
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert worker.actions("delete_failed") == []
    lab.assert_each_done_once()
