"""Checks, at the start, that the queue's own settings go with the worker's."""

from __future__ import annotations

from worker_runtime.sqs.queue import QueueAttributes
from worker_runtime.sqs.quotas import LONG_POLL_SECONDS
from worker_runtime.sqs.transport import ANSWER_SECONDS


def queue_warnings(attributes: QueueAttributes, queue_name: str) -> list[str]:
    """What an operator should change, one sentence each."""
    warnings = []
    if attributes.dead_letter_url is None:
        warnings.append(
            f"{queue_name} has no dead-letter queue: a message that always fails is tried until it "
            "expires. Give the queue a redrive policy."
        )
    if attributes.max_receive_count == 1:
        warnings.append(
            f"{queue_name} has a maxReceiveCount of 1: a message whose first receive is interrupted "
            "goes to the dead-letter queue untried. Allow 2 or more."
        )
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/working-with-visibility-timeouts.html
    shortest = LONG_POLL_SECONDS + ANSWER_SECONDS
    if attributes.visibility_timeout_seconds <= shortest:
        warnings.append(
            f"{queue_name} has a visibility timeout of {attributes.visibility_timeout_seconds} s: a "
            f"receive may take {shortest} s, and what it brings may lapse before it is here. Set more than "
            f"{shortest} s; 30 is SQS's default."
        )
    return warnings
