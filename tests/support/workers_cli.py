"""Runs the program `workers` against an emulator, as a user of its queues would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moto.sqs.models import sqs_backends

from local.emulator import ADMIN_CREDENTIALS
from tests.support.emulator import Cloud

#: What `workers` runs with: no settings of the machine's user.
SETTINGS = {**ADMIN_CREDENTIALS, "AWS_DEFAULT_REGION": "eu-west-1", "AWS_CONFIG_FILE": os.devnull, "COLUMNS": "200"}


class DeadQueue:
    """A queue with a dead-letter queue in an emulator, and letters as the worker's runtime leaves them there."""

    def __init__(self, cloud: Cloud, directory: Path, *, fifo: bool = False) -> None:
        attributes = {"FifoQueue": "true"} if fifo else {}
        self._sqs = cloud.admin("sqs")
        self._cloud = cloud
        self._directory = directory
        self._is_fifo = fifo
        self.dead_letter_url, arn = cloud.queue("dead", **attributes)
        self.dead_letter_name = arn.rpartition(":")[2]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        self.url, _ = cloud.queue("work", RedrivePolicy=redrive, **attributes)

    def add(self, body: Any, reason: str = "no amount", error_type: str = "ValueError", **more: Any) -> str:
        """Put a letter there, and return its id."""
        told = {"error_type": error_type, "error_message": reason, "receive_count": "3", "task": "task-1"}
        attributes = {"tenant": "t-1", **{f"worker.{name}": value for name, value in told.items()}}
        if self._is_fifo:
            more = {"MessageGroupId": "g", "MessageDeduplicationId": json.dumps(body), **more}
        return self._sqs.send_message(
            QueueUrl=self.dead_letter_url,
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
            **more,
        )["MessageId"]

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run a command on the queue, and return what it printed: stdout, or stderr where it is to fail."""
        done = subprocess.run(
            [*command(*arguments), "--queue", self.url],
            env=self.environment(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stderr if code else done.stdout

    def run_json(self, *arguments: str) -> Any:
        """What a command answers to another program."""
        return json.loads(self.run(*arguments, "--json"))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a command on the queue, to be killed."""
        return subprocess.Popen(
            [*command(*arguments), "--queue", self.url],
            env=self.environment(environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """What a command runs with."""
        path = {"PATH": os.environ["PATH"], "HOME": str(self._directory)}
        return {**path, **SETTINGS, **more}

    def show_all(self) -> None:
        """Make what a killed command holds visible, as the end of its visibility timeout does."""
        queue: Any = sqs_backends["123456789012"]["eu-west-1"].queues[self.dead_letter_url.rpartition("/")[2]]
        for entry in list(queue.store._entries.values()):
            queue.store.change_visibility(entry, 0)

    def dead(self) -> list[dict[str, Any]]:
        """The messages of the dead-letter queue, taken out of it."""
        return self._taken(self.dead_letter_url)

    def waiting(self) -> list[dict[str, Any]]:
        """The messages of the queue, taken out of it."""
        return self._taken(self.url)

    def _taken(self, url: str) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = []
        while received := self._cloud.receive(url, MessageAttributeNames=["All"], AttributeNames=["All"]):
            taken += received
            for message in received:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken


def command(*arguments: str) -> list[str]:
    """The command line of the program."""
    return [sys.executable, "-m", "worker_ops", *arguments]
