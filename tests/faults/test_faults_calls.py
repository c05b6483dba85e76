"""Calls to SQS that fail, partly or for a while: F19 to F24."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from local.emulator.sqs.box_sqs_backend import BoxSqsBackend
from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import SLOW_DOWN, THROTTLED, UNAVAILABLE, Call, Fault, Rule
from tests.support.worker_queue import wait_until


def once(operation: str, fault: Fault) -> Rule:
    """A rule: the first call of an operation meets a fault."""
    left = [fault]
    return lambda call: left.pop() if call.operation == operation and left else None


def test_f19_of_a_batch_delete_only_the_failed_entry_is_sent_again(
    lab: FaultLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: Counter[str] = Counter()
    failed: list[str] = []
    delete = BoxSqsBackend.delete_message_batch

    def fail_one_entry(self: BoxSqsBackend, queue_name: str, receipts: list[dict[str, Any]]) -> Any:
        if not lab.ledger.attempts:  # nothing is received yet: the worker asks whether it may delete
            return delete(self, queue_name, receipts)
        sent.update(receipt["ReceiptHandle"] for receipt in receipts)
        if failed:
            return delete(self, queue_name, receipts)
        failed.append(receipts[-1]["ReceiptHandle"])
        succeeded, errors = delete(self, queue_name, receipts[:-1])
        error = {"Id": receipts[-1]["Id"], "SenderFault": False, "Code": "InternalError", "Message": "a fault"}
        return succeeded, [*errors, error]

    monkeypatch.setattr(BoxSqsBackend, "delete_message_batch", fail_one_entry)
    queue = lab.queue(visibility_seconds=30)
    lab.send(queue, *(f"m{number}" for number in range(10)))
    with lab.worker(queue) as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert sent.pop(failed[0]) == 2
    assert list(sent.values()) == [1] * 9
    lab.assert_each_done_once()


@pytest.mark.parametrize("transport", ["wire", *slow("boto3")])
def test_f20_a_reset_after_the_delete_reached_sqs_is_harmless(lab: FaultLab, transport: str) -> None:
    queue = lab.queue(visibility_seconds=30)
    lab.send(queue, *(f"m{number}" for number in range(10)))
    lab.proxy.rule = once("DeleteMessageBatch", Fault(reset="after"))
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert len(lab.proxy.faults()) == 1
    assert worker.actions("delete_failed") == []
    lab.assert_each_done_once()


@pytest.mark.parametrize("reset", [*slow("before", "middle"), "after"])
def test_f21_a_reset_of_the_receive_loses_nothing(lab: FaultLab, reset: str) -> None:
    queue = lab.queue()
    lab.send(queue, "a", "b", "c")
    lab.proxy.rule = once("ReceiveMessage", Fault(reset=reset))
    with lab.worker(queue) as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert {attempt.number for attempt in lab.ledger.attempts} == ({1} if reset == "before" else {2})
    lab.assert_each_done_once()


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["wire", "boto3"])
@pytest.mark.parametrize("fault", [UNAVAILABLE, THROTTLED, SLOW_DOWN], ids=lambda fault: fault.code)
def test_f23_throttling_is_answered_by_backing_off(lab: FaultLab, fault: Fault, transport: str) -> None:
    queue = lab.queue()
    lab.proxy.rule = lambda call: fault if call.operation == "ReceiveMessage" else None
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        worker.wait_for("receive_failed")
        since = time.monotonic()
        wait_until(lambda: time.monotonic() > since + 8, "eight seconds of throttling")
        during = lab.proxy.calls("ReceiveMessage", since)
        lab.proxy.rule = None
        lab.send(queue, "a")
        lab.wait_until_done(queue)
        worker.wait_for("receive_recovered")
        assert worker.stop() == 0
    # With full jitter a wait may be short, but not all of them: fewer than 2 requests a second.
    assert len(during) < 16


@pytest.mark.slow
def test_f24_a_deleted_queue_costs_few_requests_and_its_return_is_noticed(lab: FaultLab) -> None:
    queue = lab.queue()
    health = lab.directory / "health"
    lab.send(queue, "a")
    with lab.worker(queue) as worker:
        lab.wait_until_done(queue)
        queue.sqs.delete_queue(QueueUrl=queue.url)
        worker.wait_for("receive_failed")
        since = time.monotonic()
        cpu_before = cpu_seconds(worker.process.pid)
        wait_until(lambda: '"problem": null' not in read(health), "an unhealthy worker", 60)
        wait_until(lambda: time.monotonic() > since + 30, "thirty seconds without a queue", 60)
        assert len(lab.proxy.calls("ReceiveMessage", since)) <= 3
        assert cpu_seconds(worker.process.pid) - cpu_before < 0.05 * 30
        queue.sqs.create_queue(QueueName=queue.name, Attributes={"VisibilityTimeout": "2"})
        lab.send(queue, "b")
        lab.wait_until_done(queue)
        worker.wait_for("receive_recovered")
        wait_until(lambda: '"problem": null' in read(health), "a healthy worker", 60)
        assert worker.stop() == 0
    lab.assert_each_done_once()


def read(directory: Any) -> str:
    """What the worker says of its health."""
    return "".join(path.read_text() for path in directory.glob("*.json"))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - one line of a kernel file
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_f23_one_bad_moment_is_over_in_a_moment(lab: FaultLab) -> None:
    queue = lab.queue()
    lab.send(queue, "a")

    def first_three(call: Call) -> Fault | None:
        return THROTTLED if call.operation == "ReceiveMessage" and len(lab.proxy.faults()) < 3 else None

    lab.proxy.rule = first_three
    with lab.worker(queue) as worker:
        lab.wait_until_done(queue)
        worker.wait_for("receive_recovered")
        assert worker.stop() == 0
    assert len(worker.actions("receive_failed")) == 3
    lab.assert_each_done_once()
