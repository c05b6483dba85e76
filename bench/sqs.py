"""The few calls that the bench itself makes. The local server checks no signatures, so none are made."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

_BATCH_MOST = 10


class LocalSqs:
    """One kept connection to the local server."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def __enter__(self) -> LocalSqs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def create_queue(self, name: str, visibility_timeout_seconds: int) -> str:
        """Create a queue; returns its URL."""
        attributes = {"VisibilityTimeout": str(visibility_timeout_seconds)}
        return self._call("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]

    def delete_queue(self, url: str) -> None:
        """Delete a queue and what is left in it."""
        self._call("DeleteQueue", QueueUrl=url)

    def send(self, url: str, bodies: Sequence[str]) -> None:
        """Send up to ten messages in one request."""
        entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
        self._call("SendMessageBatch", QueueUrl=url, Entries=entries)

    def messages_left(self, url: str) -> int:
        """Count the messages of a queue, visible or in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._call("GetQueueAttributes", QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        self._connection.request("POST", "/", json.dumps(parameters), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{operation} answered {answer.status}: {body[:500].decode()}")
        return json.loads(body or b"{}")


def port_of(url: str) -> int:
    """Tell the port of a queue's URL."""
    port = urlsplit(url).port
    assert port is not None, url  # noqa: S101 - the local server's URLs have one
    return port


def fill(url: str, bodies: Sequence[str], threads: int = 4) -> None:
    """Send all bodies in batches of ten from several threads."""
    failures: list[Exception] = []

    def send(share: Sequence[str]) -> None:
        try:
            with LocalSqs(port_of(url)) as sqs:
                for start in range(0, len(share), _BATCH_MOST):
                    sqs.send(url, share[start : start + _BATCH_MOST])
        except Exception as error:
            failures.append(error)

    senders = [threading.Thread(target=send, args=(bodies[number::threads],)) for number in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if failures:
        raise failures[0]
