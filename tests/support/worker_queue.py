"""A real SQS API for worker tests: moto on a loopback port, a queue for each test, and worker processes."""

from __future__ import annotations

import itertools
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from tests.support.moto_queues import one_at_a_time

REGION = "eu-west-1"
#: Generous: these machines are shared, and a test that waits this long has failed anyway.
DEADLINE_SECONDS = 30.0
#: moto's own server takes any.
ANY_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
_names = itertools.count()


@contextmanager
def sqs_server() -> Iterator[str]:
    """Serve moto and yield its URL."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with one_at_a_time():
        server.start()
        host, port = server.get_host_and_port()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.stop()


def wait_until(condition: Callable[[], Any], what: str, timeout_seconds: float = DEADLINE_SECONDS) -> Any:
    """Wait for a condition and return its value; fail naming what did not happen."""
    deadline = time.monotonic() + timeout_seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {timeout_seconds:g} s for {what}"
        time.sleep(0.02)
    return value


class WorkQueue:
    """A queue with its dead-letter queue."""

    def __init__(
        self,
        endpoint: str,
        *,
        visibility_seconds: int = 30,
        max_receive_count: int = 3,
        fifo: bool = False,
        credentials: Mapping[str, str] = ANY_CREDENTIALS,
    ) -> None:
        self.endpoint = endpoint
        self.credentials = credentials
        self.sqs: Any = boto3.client(
            "sqs",
            region_name=REGION,
            endpoint_url=endpoint,
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        )
        suffix = ".fifo" if fifo else ""
        kind = {"FifoQueue": "true"} if fifo else {}
        number = next(_names)
        self.name = f"orders-{number}{suffix}"
        self.dead_letter_url = self.sqs.create_queue(
            QueueName=f"orders-{number}-dead{suffix}", Attributes={**kind, "VisibilityTimeout": "0"}
        )["QueueUrl"]
        redrive = {
            "deadLetterTargetArn": self._arn(self.dead_letter_url),
            "maxReceiveCount": max_receive_count,
        }
        self.url = self.sqs.create_queue(
            QueueName=self.name,
            Attributes={
                **kind,
                "VisibilityTimeout": str(visibility_seconds),
                "RedrivePolicy": json.dumps(redrive),
            },
        )["QueueUrl"]

    def send(self, *bodies: str, **parameters: Any) -> list[str]:
        """Send messages and return their ids."""
        return [
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **parameters)["MessageId"] for body in bodies
        ]

    def send_in_group(self, group: str, *bodies: str) -> list[str]:
        """Send messages to a group of a FIFO queue."""
        return [
            self.send(body, MessageGroupId=group, MessageDeduplicationId=f"{group}-{body}-{time.monotonic_ns()}")[0]
            for body in bodies
        ]

    def counts(self) -> tuple[int, int]:
        """Messages that are visible, and in flight."""
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return (
            int(attributes["ApproximateNumberOfMessages"]),
            int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )

    def is_empty(self) -> bool:
        """Nothing is visible or in flight."""
        return self.counts() == (0, 0)

    def dead_letters(self) -> list[dict[str, Any]]:
        """What lies in the dead-letter queue, which makes nothing invisible."""
        answer = self.sqs.receive_message(
            QueueUrl=self.dead_letter_url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def environment(self, handler: str) -> dict[str, str]:
        """The environment of a container that works on this queue."""
        return {
            "QUEUE_NAME": self.name,
            "QUEUE_URI": self.url,
            "QUEUE_REGION": REGION,
            "WORKER_HANDLER": handler,
            "WORKER_STOP_TIMEOUT_SECONDS": "30",
            "AWS_ENDPOINT_URL": self.endpoint,
            **self.credentials,
        }

    def _arn(self, url: str) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def start_worker(environment: dict[str, str], directory: Path, **streams: Any) -> subprocess.Popen[str]:
    """Start `python -m worker_runtime`; handlers may lie in `directory`, which also holds its health file."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-m", "worker_runtime"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{root / 'worker'}:{root}:{directory}",
            "WORKER_HEALTH_DIRECTORY": str(directory / "health"),
            **environment,
        },
        cwd=directory,
        text=True,
        **streams,
    )


@dataclass
class WorkerProcess:
    """`python -m worker_runtime` in a process of its own, and the lines it has logged."""

    process: subprocess.Popen[str]
    lines: list[dict[str, Any]] = field(default_factory=list)
    _reader: threading.Thread | None = None

    @classmethod
    def start(cls, environment: dict[str, str], directory: Path, **more: str) -> WorkerProcess:
        """Start a worker and read its lines."""
        process = start_worker({**environment, **more}, directory, stdout=subprocess.PIPE)
        worker = cls(process)
        worker._reader = threading.Thread(target=worker._read, daemon=True)
        worker._reader.start()
        return worker

    def actions(self, name: str) -> list[dict[str, Any]]:
        """The lines logged so far with this action."""
        return [line for line in self.lines if line.get("action") == name]

    def wait_for(self, action: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until an action has been logged `count` times."""
        wait_until(lambda: len(self.actions(action)) >= count, f"{count} x {action}: {self.lines}")
        return self.actions(action)

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code."""
        code = self.process.wait(DEADLINE_SECONDS)
        assert self._reader is not None
        self._reader.join(DEADLINE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(json.loads(line) for line in self.process.stdout)


@contextmanager
def running_worker(environment: dict[str, str], directory: Path, **more: str) -> Iterator[WorkerProcess]:
    """Run a worker until the end of the block, whatever happens in it."""
    worker = WorkerProcess.start(environment, directory, **more)
    try:
        yield worker
    finally:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.wait()
