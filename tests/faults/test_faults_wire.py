"""What comes back from SQS, or does not, and is no answer: F50 to F53."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import ASKED, ODD_ANSWERS, Fault, Rule, answering
from tests.support.worker_queue import wait_until

TRICKLE = Fault(trickle_seconds=0.5)
BATCHES = ("DeleteMessageBatch", "ChangeMessageVisibilityBatch")


def first_calls(operation: str, *faults: Fault) -> Rule:
    """A rule: one call of an operation after the other meets a fault of its own, until there are none left."""
    left = list(faults)
    return lambda call: left.pop(0) if call.operation == operation and left else None


def denied(operation: str) -> Rule:
    """A rule: no policy allows an operation."""
    fault = Fault(status=403, code="AccessDenied", message="not authorized to perform")
    return lambda call: fault if call.operation in (operation, operation + ASKED) else None


@pytest.mark.parametrize("transport", ["wire", "boto3"])
def test_f50_a_heartbeat_that_trickles_costs_no_other_lease(lab: FaultLab, transport: str) -> None:
    """The call is over after five seconds: time enough for another before the leases are."""
    queue = lab.queue(visibility_seconds=12)
    go = lab.directory / "go"
    lab.send(queue, *({"key": f"m{number}", "until": str(go)} for number in range(5)))
    lab.proxy.rule = first_calls("ChangeMessageVisibilityBatch", TRICKLE)
    with lab.worker(queue, WORKER_TRANSPORT=transport) as first, lab.direct_worker(queue) as second:
        wait_until(lambda: len(lab.ledger.attempts) == 5, "all to run")
        since = time.monotonic()
        wait_until(lambda: time.monotonic() > since + 14, "the first leases to be over")
        go.touch()
        lab.wait_until_done(queue)
        assert (first.stop(), second.stop()) == (0, 0)
    assert first.actions("lease_lost") == []
    lab.assert_each_done_once()


@pytest.mark.parametrize("transport", ["wire", "boto3"])
def test_f50_leases_lapse_by_the_clock_while_a_heartbeat_hangs(lab: FaultLab, transport: str) -> None:
    queue = lab.queue(visibility_seconds=2)
    go = lab.directory / "go"
    lab.send(queue, *({"key": f"m{number}", "until": str(go)} for number in range(3)))
    lab.proxy.rule = first_calls("ChangeMessageVisibilityBatch", *[TRICKLE] * 10)
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        worker.wait_for("lease_lost", 3)
        assert all(attempt.number == 1 for attempt in lab.ledger.attempts) or lab.ledger.overlaps({}) == []
        lab.proxy.rule = None
        go.touch()
        lab.wait_until_done(queue)
        worker.stop()


@pytest.mark.parametrize("transport", ["wire", "boto3"])
@pytest.mark.parametrize("operation", ["ReceiveMessage", "DeleteMessageBatch"])
@pytest.mark.parametrize("fault", [TRICKLE, Fault(reset="before", hold=threading.Event())], ids=["trickle", "silence"])
def test_f50_a_call_that_never_ends_is_made_again(lab: FaultLab, fault: Fault, operation: str, transport: str) -> None:
    queue = lab.queue(visibility_seconds=10)
    if operation == "DeleteMessageBatch":
        lab.send(queue, "a")
    lab.proxy.rule = first_calls(operation, fault)
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        wait_until(lambda: lab.proxy.faults(operation), "the fault", 60)
        lab.send(queue, "b")
        wait_until(lambda: "b" in lab.ledger.done and queue.is_empty(), "the end", 60)
        assert worker.stop() == 0
    lab.assert_each_done_once()


@pytest.mark.parametrize("transport", ["wire", "boto3"])
@pytest.mark.parametrize("operation", BATCHES)
def test_f51_an_odd_answer_to_a_batch_is_a_failed_call(lab: FaultLab, operation: str, transport: str) -> None:
    odd = [*ODD_ANSWERS, answering(b"{}"), answering(b'{"Successful": [{"Id": "0"}, {"Id": "0"}]}')]
    queue = lab.queue(visibility_seconds=20)
    go = lab.directory / "go"
    lab.proxy.rule = first_calls(operation, *odd)
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        if operation == "DeleteMessageBatch":
            lab.send(queue, "a")
        else:
            lab.send(queue, {"key": "a", "until": str(go)})
            wait_until(lambda: len(lab.proxy.faults()) >= 6, "odd answers to heartbeats", 60)
            worker.wait_for("heartbeat_failed", 2)
            lab.proxy.rule = None
            go.touch()
        wait_until(lambda: "a" in lab.ledger.done and queue.is_empty(), "the end", 120)
        assert worker.stop() == 0
    assert worker.actions("delete_failed") == []
    lab.assert_each_done_once()


@pytest.mark.parametrize("transport", ["wire", "boto3"])
def test_f51_an_odd_answer_to_a_receive_is_no_empty_queue(lab: FaultLab, transport: str) -> None:
    queue = lab.queue(visibility_seconds=20)
    lab.proxy.rule = lambda call: ODD_ANSWERS[4] if call.operation == "ReceiveMessage" else None
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        worker.wait_for("receive_failed", 2)
        health = lab.directory / "health"
        wait_until(lambda: "no receive has succeeded" in health_text(health), "an unhealthy worker", 60)
        lab.proxy.rule = first_calls("ReceiveMessage", *ODD_ANSWERS[:3])
        lab.send(queue, "a")
        wait_until(lambda: "a" in lab.ledger.done and queue.is_empty(), "the end", 60)
        worker.wait_for("receive_recovered")
        assert worker.stop() == 0
    lab.assert_each_done_once()


TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
EMPTY = answering(b"{}").answer


@pytest.mark.parametrize("stray", [TIMED_OUT, EMPTY, b"\x00"], ids=["408", "200", "a byte"])
def test_f52_what_comes_on_an_idle_connection_is_nobodys_answer(lab: FaultLab, stray: bytes) -> None:
    queue = lab.queue(visibility_seconds=20)
    lab.proxy.rule = lambda call: Fault(stray=stray) if call.operation == "DeleteMessageBatch" else None
    with lab.worker(queue) as worker:
        for number in range(5):
            lab.send(queue, f"m{number}")
            lab.wait_until_done(queue)
            time.sleep(0.1)  # the connections are idle
        assert worker.stop() == 0
    assert [line for line in worker.lines if "failed" in str(line.get("action"))] == []
    assert len(lab.proxy.calls("DeleteMessageBatch")) == 5
    lab.assert_each_done_once()


@pytest.mark.parametrize("transport", ["wire", *slow("boto3")])
@pytest.mark.parametrize(
    ("operation", "right"), [(operation, f"sqs:{operation.removesuffix('Batch')}") for operation in BATCHES]
)
def test_f53_without_a_right_nothing_starts_and_the_worker_is_red(
    lab: FaultLab, operation: str, right: str, transport: str
) -> None:
    queue = lab.queue(visibility_seconds=5)
    lab.send(queue, "a", "b")
    lab.proxy.rule = denied(operation)
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        wait_until(lambda: right in health_text(lab.directory / "health"), "an unhealthy worker", 60)
        assert lab.ledger.attempts == []
        lab.proxy.rule = None
        wait_until(lambda: lab.ledger.done == {"a", "b"} and queue.is_empty(), "the end", 60)
        assert worker.stop() == 0
    lab.assert_each_done_once()


def test_f53_a_right_that_is_taken_away_stops_the_starts(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=3, max_receive_count=10)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    with lab.worker(queue) as worker:
        lab.wait_for_attempts("a")
        lab.proxy.rule = denied("ChangeMessageVisibilityBatch")
        worker.wait_for("lease_lost")
        wait_until(
            lambda: "sqs:ChangeMessageVisibility" in health_text(lab.directory / "health"), "an unhealthy worker", 90
        )
        attempts = len(lab.attempts("a"))
        lab.send(queue, "b")
        time.sleep(4)
        assert len(lab.ledger.attempts) == attempts
        lab.proxy.rule = None
        go.touch()
        wait_until(lambda: lab.ledger.done == {"a", "b"} and queue.is_empty(), "the end", 60)
        assert worker.stop() == 0


def health_text(directory: Path) -> str:
    """What the worker says of its health."""
    return "".join(path.read_text() for path in directory.glob("*.json"))
