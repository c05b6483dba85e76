"""The queue: the few calls to SQS that the worker makes, whichever way they reach it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worker_runtime.errors import QueueError
from worker_runtime.queue_settings import MAIN
from worker_runtime.sqs.answers import (
    BATCH_IDS,
    Failure,
    QueueAttributes,
    check_sent,
    read_attributes,
    read_failures,
    read_messages,
)
from worker_runtime.sqs.transport import ANSWER_SECONDS, Transport

_SYSTEM_ATTRIBUTES = (
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SentTimestamp",
    "MessageGroupId",
    "AWSTraceHeader",
)
#: Not a receipt handle of any message.
_NO_HANDLE = "rights"


class Queue:
    """One SQS queue. Its calls raise QueueError, for an answer that SQS does not give too."""

    def __init__(self, url: str, transport: Transport, key: str = MAIN) -> None:
        self.url = url
        self.key = key
        """What the worker calls it."""
        self.is_fifo = url.endswith(".fifo")
        self._transport = transport

    def attributes(self) -> QueueAttributes:
        """Read the queue's own settings."""
        return read_attributes(self._call("GetQueueAttributes", {"AttributeNames": ["All"]}), self.url)

    def receive(self, most: int, wait_seconds: int, visibility_seconds: int) -> list[dict[str, Any]]:
        """Receive up to `most` messages (1 to 10), waiting up to `wait_seconds` (0 to 20) for the first; nobody else
        sees them for `visibility_seconds` (1 to 43,200), whatever the queue's own timeout is by now."""
        parameters = {
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": wait_seconds,
            "VisibilityTimeout": visibility_seconds,
            "MessageSystemAttributeNames": _SYSTEM_ATTRIBUTES,
            "MessageAttributeNames": ("All",),
        }
        return read_messages(self._call("ReceiveMessage", parameters, wait_seconds + ANSWER_SECONDS), most)

    def delete(self, receipt_handles: Sequence[str]) -> list[Failure]:
        """Delete up to ten messages; returns the entries that failed."""
        entries = [{"Id": BATCH_IDS[index], "ReceiptHandle": handle} for index, handle in enumerate(receipt_handles)]
        return read_failures(self._call("DeleteMessageBatch", {"Entries": entries}), len(entries))

    def change_visibility(
        self, changes: Sequence[tuple[str, int]], answer_seconds: float = ANSWER_SECONDS
    ) -> list[Failure]:
        """Set when up to ten messages become visible: pairs of receipt handle and seconds from now (0 to 43,200).

        The answer has to be there within `answer_seconds`.
        """
        entries = [
            {"Id": BATCH_IDS[index], "ReceiptHandle": handle, "VisibilityTimeout": seconds}
            for index, (handle, seconds) in enumerate(changes)
        ]
        answer = self._call("ChangeMessageVisibilityBatch", {"Entries": entries}, answer_seconds)
        return read_failures(answer, len(entries))

    def check_rights(self) -> None:
        """Make sure that messages may be held and deleted: SQS judges that before it looks at a receipt handle. Raises
        QueueError."""
        probes = {
            "sqs:ChangeMessageVisibility": lambda: self.change_visibility([(_NO_HANDLE, 0)]),
            "sqs:DeleteMessage": lambda: self.delete([_NO_HANDLE]),
        }
        for right, probe in probes.items():
            try:
                probe()
            except QueueError as error:
                if error.is_denied:
                    raise QueueError(error.code, f"the worker needs {right}: {error}", retry=False) from error
                if error.retry:
                    raise

    def send_to(self, url: str, parameters: dict[str, Any]) -> None:
        """Send a message to another queue of the same account and region."""
        check_sent(self._transport.call("SendMessage", {"QueueUrl": url, **parameters}, ANSWER_SECONDS))

    def stop_waiting(self) -> None:
        """End the long polls under way as far as the transport can."""
        self._transport.interrupt()

    def _call(
        self, operation: str, parameters: dict[str, Any], answer_seconds: float = ANSWER_SECONDS
    ) -> dict[str, Any]:
        parameters["QueueUrl"] = self.url
        return self._transport.call(operation, parameters, answer_seconds)
