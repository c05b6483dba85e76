"""The few calls that the bench itself makes. The local server checks no signatures, so none are made."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

_BATCH_MOST = 10
_LOOK_SECONDS = 0.01
#: The server closes connections that were idle for a minute.
_IDLE_SECONDS = 30


class LocalSqs:
    """One kept connection to the local server."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._used_at = time.monotonic()
        self.calls = 0
        """Made so far."""

    def __enter__(self) -> LocalSqs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def create_queue(self, name: str, visibility_timeout_seconds: int) -> str:
        """Create a queue; returns its URL."""
        attributes = {"VisibilityTimeout": str(visibility_timeout_seconds)}
        if name.endswith(".fifo"):
            attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        return self._call("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]

    def delete_queue(self, url: str) -> None:
        """Delete a queue and what is left in it."""
        self._call("DeleteQueue", QueueUrl=url)

    def send(self, url: str, messages: Sequence[tuple[str, str | None]]) -> None:
        """Send up to ten messages, bodies and the groups of a FIFO queue, in one request."""
        entries = [
            {"Id": str(index), "MessageBody": body, **({"MessageGroupId": group} if group else {})}
            for index, (body, group) in enumerate(messages)
        ]
        self._call("SendMessageBatch", QueueUrl=url, Entries=entries)

    def messages_left(self, url: str) -> int:
        """Count the messages of a queue, visible or in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._call("GetQueueAttributes", QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def wait_until_empty(self, url: str, seconds: float) -> int:
        """Wait for the last deletes, up to some seconds; returns the messages that are left."""
        deadline = time.monotonic() + seconds
        while (left := self.messages_left(url)) and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        return left

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        if time.monotonic() - self._used_at > _IDLE_SECONDS:
            self._connection.close()  # the next request opens it again
        self._connection.request("POST", "/", json.dumps(parameters), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        self.calls += 1
        self._used_at = time.monotonic()
        if answer.status != 200:
            raise RuntimeError(f"{operation} answered {answer.status}: {body[:500].decode()}")
        return json.loads(body or b"{}")


def fill(port: int, url: str, bodies: Sequence[str], groups: int = 0, threads: int = 4) -> None:
    """Send all bodies in batches of ten from several threads; in turn to the groups of a FIFO queue."""
    messages = [(body, f"g-{number % groups}" if groups else None) for number, body in enumerate(bodies)]
    failures: list[Exception] = []

    def send(share: Sequence[tuple[str, str | None]]) -> None:
        try:
            with LocalSqs(port) as sqs:
                for start in range(0, len(share), _BATCH_MOST):
                    sqs.send(url, share[start : start + _BATCH_MOST])
        except Exception as error:
            failures.append(error)

    senders = [threading.Thread(target=send, args=(messages[number::threads],)) for number in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if failures:
        raise failures[0]
