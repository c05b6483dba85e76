"""Messages whose bodies lie in S3, with two workers at one, and as dead letters: `workers` moves, saves and deletes
pointers, and leaves the bodies alone."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.emulator import ADMIN_CREDENTIALS, Emulator
from tests.support.emulator import REGION, Cloud
from tests.support.worker_queue import running_worker, wait_until
from tests.support.workers_cli import DeadQueue
from worker_runtime.large_messages.stored_body import StoredBody

# Each command is a process.
pytestmark = pytest.mark.slow

BUCKET = "orders-large"
HANDLER = """
import time
from pathlib import Path
from worker_runtime import Message, Reject

def handle(message: Message) -> None:
    if not Path("mended").exists():
        raise Reject("not yet")
    Path("handled").write_text(message.body)

def wait(message: Message) -> None:
    Path("waits").touch()
    while not Path("read").exists():
        time.sleep(0.05)
    Path("read too late").write_text(message.body)
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        cloud = Cloud(emulator)
        cloud.admin("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield cloud


@pytest.fixture
def queue(cloud: Cloud, tmp_path: Path) -> DeadQueue:
    return DeadQueue(cloud, tmp_path)


def put(cloud: Cloud, body: str) -> StoredBody:
    """A body in the bucket."""
    stored = StoredBody(BUCKET, cloud.name("body"))
    cloud.admin("s3").put_object(Bucket=BUCKET, Key=stored.key, Body=body.encode())
    return stored


def is_there(cloud: Cloud, stored: StoredBody) -> bool:
    listed = cloud.admin("s3").list_objects_v2(Bucket=BUCKET, Prefix=stored.key).get("Contents", [])
    return [entry["Key"] for entry in listed] == [stored.key]


def worker(cloud: Cloud, queue: DeadQueue, directory: Path, handler: str = "handle") -> Any:
    (directory / "large_handlers.py").write_text(HANDLER)
    environment = {
        "QUEUE_NAME": queue.url.rpartition("/")[2],
        "QUEUE_URI": queue.url,
        "QUEUE_REGION": REGION,
        "WORKER_HANDLER": f"large_handlers.{handler}",
        "WORKER_LARGE_MESSAGES": json.dumps({"bucket": BUCKET}),
        "AWS_ENDPOINT_URL": cloud.emulator.endpoint_url,
        **ADMIN_CREDENTIALS,
    }
    return running_worker(environment, directory)


def test_a_rejected_body_stays_until_its_redriven_message_is_handled(
    cloud: Cloud, queue: DeadQueue, tmp_path: Path
) -> None:
    stored = put(cloud, "x" * 1_000)
    sizes = {"ExtendedPayloadSize": {"DataType": "Number", "StringValue": "1000"}}
    cloud.admin("sqs").send_message(QueueUrl=queue.url, MessageBody=stored.pointer, MessageAttributes=sizes)
    with worker(cloud, queue, tmp_path) as running:
        running.wait_for("message_rejected")
        assert running.stop() == 0
    (letter,) = queue.run_json("dead-letters", "list")
    assert (letter["reason"], letter["body"]) == ("not yet", json.loads(stored.pointer))
    assert is_there(cloud, stored)

    assert queue.run_json("dead-letters", "redrive") == {"moved": 1}
    (tmp_path / "mended").touch()
    with worker(cloud, queue, tmp_path) as running:
        wait_until(lambda: not is_there(cloud, stored), "the deletion")
        assert running.stop() == 0
    assert (tmp_path / "handled").read_text() == "x" * 1_000
    assert queue.dead() == []


def test_saved_edited_and_purged_letters_leave_their_bodies_to_expire(
    cloud: Cloud, queue: DeadQueue, tmp_path: Path
) -> None:
    first, second = put(cloud, "first"), put(cloud, "second")
    edited_id = queue.add(first.pointer)
    queue.add(second.pointer, "too late")
    file = tmp_path / "letters.jsonl"

    queue.run("dead-letters", "save", str(file))
    assert sorted(json.loads(line)["body"] for line in file.read_text().splitlines()) == sorted(
        [first.pointer, second.pointer]
    )
    editor = tmp_path / "editor.sh"
    editor.write_text(f"#!/bin/sh\nsed -i s/{first.key}/{second.key}/ $1\n")
    editor.chmod(0o700)
    queue.run("dead-letters", "edit", edited_id, EDITOR=str(editor))
    queue.run("dead-letters", "purge", "--yes", "--save", str(tmp_path / "purged.jsonl"))

    (sent,) = queue.waiting()
    assert json.loads(sent["Body"]) == json.loads(second.pointer)
    assert queue.dead() == []
    assert is_there(cloud, first)
    assert is_there(cloud, second)


def test_a_body_that_another_worker_has_handled_makes_no_dead_letter_of_the_first_ones_message(
    cloud: Cloud, queue: DeadQueue, tmp_path: Path
) -> None:
    """The first one is stopped for longer than its lease, and finds that the body is gone."""
    cloud.admin("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"VisibilityTimeout": "2"})
    stored = put(cloud, "tea")
    (tmp_path / "mended").touch()
    cloud.admin("sqs").send_message(QueueUrl=queue.url, MessageBody=stored.pointer)
    with worker(cloud, queue, tmp_path, "wait") as first:
        wait_until((tmp_path / "waits").exists, "the first worker's handler")
        first.process.send_signal(signal.SIGSTOP)
        with worker(cloud, queue, tmp_path) as second:
            wait_until(lambda: not is_there(cloud, stored), "the deletion")
            assert second.stop() == 0
        assert (tmp_path / "handled").read_text() == "tea"
        (tmp_path / "read").touch()
        first.process.send_signal(signal.SIGCONT)
        first.wait_for("lease_lost")
        first.stop()
    assert not (tmp_path / "read too late").exists()
    assert queue.dead() == []
    assert queue.waiting() == []
