"""Sends a dead letter back into its queue, as the message that it was."""

from __future__ import annotations

from typing import Any

from worker_ops.dead_letters.letter import Letter
from worker_ops.dead_letters.queue import DeadLetterQueue


def send_back(queue: DeadLetterQueue, letter: Letter, body: str | None = None) -> str:
    """Put a copy into the source queue, with another body if one is given, and return its id.

    The copy keeps body, group, trace header and the sender's attributes, and loses the reason why it was dead.
    """
    parameters: dict[str, Any] = {
        "MessageBody": letter.body if body is None else body,
        "MessageAttributes": letter.own_attributes,
    }
    trace_header = letter.system.get("AWSTraceHeader")
    if trace_header:
        parameters["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace_header}}
    if letter.group is not None:
        parameters["MessageGroupId"] = letter.group
    if queue.source_url.endswith(".fifo"):
        # The same for the same letter: sent again after a crash, it is dropped as the duplicate that it is.
        parameters["MessageDeduplicationId"] = f"redrive-{letter.id}"
    return queue.account.call("sqs", "send_message", QueueUrl=queue.source_url, **parameters)["MessageId"]
