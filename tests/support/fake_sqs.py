"""A transport without SQS: it records calls, and answers as a test tells it to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from worker_runtime.errors import QueueError
from worker_runtime.in_flight.held import Held
from worker_runtime.sqs.queue import Queue
from worker_runtime.telemetry.event_log import MessageEvent

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
DEAD_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dead"

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class FakeTransport:
    """Answers each operation with what `answers` holds for it, a success otherwise. Of a batch it is enough to tell
    what failed."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.denied: set[str] = set()
        """Operations that no policy allows."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()

    def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:  # noqa: ARG002
        if operation in self.denied:
            raise QueueError("AccessDenied", f"not authorized to perform: {operation}", retry=False)
        if [entry["ReceiptHandle"] for entry in parameters.get("Entries", ())] == ["rights"]:
            return failing_entries("ReceiptHandleIsInvalid", 0)  # only asked whether it may
        with self._lock:
            self.calls.append((operation, dict(parameters)))
        answer = self.answers.get(operation, lambda _: {})(parameters)
        return {"MessageId": "m-0", **answer} if operation == "SendMessage" else self._complete(answer, parameters)

    @staticmethod
    def _complete(answer: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
        """SQS answers for each entry of a batch."""
        if "Entries" not in parameters or "Successful" in answer:
            return answer
        failed = {entry["Id"] for entry in answer.get("Failed", ())}
        successful = [{"Id": entry["Id"]} for entry in parameters["Entries"] if entry["Id"] not in failed]
        return {**answer, "Successful": successful}

    def interrupt(self) -> None:
        with self._lock:
            self.calls.append(("interrupt", {}))

    def parameters(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of each call of an operation."""
        with self._lock:
            return [parameters for name, parameters in self.calls if name == operation]

    def changes(self) -> list[tuple[str, int]]:
        """Receipt handles and seconds of all visibility changes."""
        return [
            (entry["ReceiptHandle"], entry["VisibilityTimeout"])
            for parameters in self.parameters("ChangeMessageVisibilityBatch")
            for entry in parameters["Entries"]
        ]

    def deleted(self) -> list[str]:
        """Receipt handles of all delete requests."""
        return [
            entry["ReceiptHandle"]
            for parameters in self.parameters("DeleteMessageBatch")
            for entry in parameters["Entries"]
        ]


class EventList:
    """An event log that a test can read."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def event(self, action: str, level: str = "INFO", **fields: Any) -> None:
        self.events.append({"action": action, "level": level, **fields})

    def message_events(self, action: str, level: str, told: Iterable[MessageEvent]) -> None:
        for message, seconds, more in told:
            known = {"message_id": message.id, "topic": message.topic, "receive_count": message.receive_count}
            self.event(action, level, **known, duration_seconds=seconds, **more)

    def line(self, document: dict[str, Any]) -> None:
        self.events.append(document)

    def actions(self) -> list[str]:
        """What happened, in order."""
        return [event["action"] for event in self.events]


def received(number: int = 1, *, group: str | None = None, receive_count: int = 1, **more: Any) -> dict[str, Any]:
    """An entry of ReceiveMessage's answer: message `m-1` with the receipt handle `r-1`."""
    attributes = {
        "ApproximateReceiveCount": str(receive_count),
        "SentTimestamp": "1700000000000",
        "ApproximateFirstReceiveTimestamp": "1700000001000",
    }
    if group is not None:
        attributes["MessageGroupId"] = group
    return {
        "MessageId": f"m-{number}",
        "ReceiptHandle": f"r-{number}",
        "Body": f"body-{number}",
        "Attributes": attributes,
        **more,
    }


def held(number: int = 1, **more: Any) -> Held:
    """A message that is held since now."""
    return Held(received(number, **more), time.monotonic())


def failing_entries(code: str, *indexes: int) -> dict[str, Any]:
    """An answer of a batch call in which some entries fail."""
    return {"Failed": [{"Id": str(index), "Code": code, "SenderFault": False} for index in indexes]}


def queue_on(transport: FakeTransport, url: str = URL) -> Queue:
    return Queue(url, transport)
