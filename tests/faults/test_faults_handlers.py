"""Handlers that hang or raise, and messages that are hard to take: F7, F8, F11, F12."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.worker_queue import wait_until

MEBIBYTE = 1_048_576
DIGEST_HANDLER = """
import hashlib, json, pathlib
from worker_runtime import Message

def digest(message: Message) -> None:
    seen = {
        "body": hashlib.sha256(message.body.encode()).hexdigest(),
        "attributes": {
            name: value.hex() if isinstance(value, bytes) else value for name, value in message.attributes.items()
        },
    }
    with pathlib.Path("digests").open("a") as file:
        file.write(json.dumps(seen) + "\\n")
"""


@pytest.mark.parametrize("handler", [*slow("handle"), "handle_async"])
def test_f07_a_handler_that_hangs_for_ever_gives_its_slot_and_its_message_back(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(max_receive_count=2)
    lab.send(queue, {"key": "hangs", "until": str(lab.directory / "never")}, "a", "b")
    with lab.worker(queue, handler, WORKER_CONCURRENCY="1", WORKER_HANDLER_TIMEOUT_SECONDS="1") as worker:
        lab.wait_until_done(queue, ["a", "b"])
        (dead,) = wait_until(queue.dead_letters, "a dead letter")
        worker.stop()
    assert dead["MessageAttributes"]["worker.error_type"]["StringValue"] == "HandlerTimeout"
    assert dead["MessageAttributes"]["worker.receive_count"]["StringValue"] == "2"
    assert lab.ledger.done == {"a", "b"}
    assert lab.ledger.duplicates == {}
    assert queue.is_empty()


@pytest.mark.parametrize("handler", ["handle", "handle_async", *slow("handle_batch")])
def test_f08_a_handler_that_raises_is_tried_again_and_then_dead_lettered(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=30, max_receive_count=3)
    lab.send(queue, {"key": "twice", "fail": 2}, {"key": "always", "fail": 99}, {"key": "never"})
    with lab.worker(queue, handler) as worker:
        lab.wait_until_done(queue, ["twice", "never"])
        (dead,) = wait_until(queue.dead_letters, "a dead letter")
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    assert [attempt.outcome for attempt in lab.attempts("twice")] == ["failed", "failed", "done"]
    assert [attempt.outcome for attempt in lab.attempts("always")] == ["failed"] * 3
    assert dead["MessageAttributes"]["worker.error_message"]["StringValue"] == "always fails at receive 3"
    lab.assert_each_done_once("twice", "never")


@pytest.mark.slow
def test_f08_retries_are_spread_over_the_back_off(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=600)
    lab.send(queue, *({"key": f"m{number}", "fail": 1} for number in range(30)))
    with lab.worker(queue, WORKER_BACKOFF_BASE_SECONDS="3") as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    delays = [line["delay_seconds"] for line in worker.actions("message_failed")]
    assert len(delays) == 30
    assert set(delays) <= {0, 1, 2, 3}
    assert len(set(delays)) > 1
    lab.assert_each_done_once()


def test_f11_malformed_messages_go_to_the_dead_letter_queue_and_the_worker_goes_on(lab: FaultLab) -> None:
    bad = [
        "{",
        "\ufeff{}",
        "null",
        "[]",
        '"text"',
        '{"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": "{"}',
        " ",
        "4 \U0001f600",
    ]
    good = {"order_id": "o-1", "customer": "Ada", "currency": "EUR"}
    good["lines"] = [{"sku": "tea", "quantity": 2, "unit_price": "3.50"}]  # type: ignore[assignment]
    queue = lab.queue()
    queue.send(*bad, json.dumps(good))
    with lab.worker(queue, "handlers.orders.handle") as worker:
        worker.wait_for("message_rejected", len(bad))
        worker.wait_for("message_processed")
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    dead = queue.dead_letters()
    assert sorted(letter["Body"] for letter in dead) == sorted(bad)
    reasons = {letter["MessageAttributes"]["worker.error_type"]["StringValue"] for letter in dead}
    assert reasons <= {"InvalidBody", "Reject"}


@pytest.mark.parametrize("transport", ["wire", *slow("boto3")])
def test_f12_the_largest_message_with_every_kind_of_attribute_arrives_whole(lab: FaultLab, transport: str) -> None:
    attributes: dict[str, Any] = {
        f"text-{number}": {"DataType": "String", "StringValue": f"\U0001f980 {number}\t\n"} for number in range(7)
    }
    attributes["number"] = {"DataType": "Number", "StringValue": "-0.5e3"}
    attributes["binary"] = {"DataType": "Binary", "BinaryValue": b"\0\xff\r\n"}
    attributes["custom"] = {"DataType": "Binary.gzip", "BinaryValue": bytes(range(256))}
    room = MEBIBYTE - 2_000
    body = ("\U0001f600" * (room // 4))[: room // 4]
    (lab.directory / "digests_handler.py").write_text(DIGEST_HANDLER)
    queue = lab.queue(visibility_seconds=30)
    for _ in range(10):
        queue.send(body, MessageAttributes=attributes)
    environment = {"WORKER_TRANSPORT": transport, "WORKER_CONCURRENCY": "2"}
    with lab.worker(queue, "digests_handler.digest", **environment) as worker:
        worker.wait_for("message_processed", 10)
        wait_until(queue.is_empty, "an empty queue")
        peak = peak_memory_bytes(worker.process.pid)
        assert worker.stop() == 0
    (digest,) = set((lab.directory / "digests").read_text().splitlines())
    seen = json.loads(digest)
    assert seen["attributes"] == {
        name: value.get("StringValue") or value["BinaryValue"].hex() for name, value in attributes.items()
    }
    # Ten messages of a receive for each of two handlers, as bytes and as text, beside the worker itself.
    assert peak < 2 * 10 * 5 * MEBIBYTE + 100 * MEBIBYTE


def peak_memory_bytes(pid: int) -> int:
    """The most memory that a process has held at once."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
