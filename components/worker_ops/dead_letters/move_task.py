"""SQS's own redrive: a task of the service that moves every letter, and goes on when nobody watches.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.errors import OpsError
from worker_ops.queues import queue_arn

#: SQS's own limit.
MOST_A_SECOND = 500
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class MoveTask:
    """How far a task is."""

    handle: str | None
    """To cancel it with; None once it has ended."""
    status: str
    moved: int
    to_move: int | None
    failure: str

    @property
    def runs(self) -> bool:
        """Whether it still moves letters, or is about to stop."""
        return self.status in ("RUNNING", "CANCELLING")


def latest_move_task(queue: DeadLetterQueue) -> MoveTask | None:
    """The task that was started last, or None."""
    arn = queue_arn(queue.account, queue.url)
    results = queue.account.call("sqs", "list_message_move_tasks", SourceArn=arn, MaxResults=1)["Results"]
    if not results:
        return None
    found = results[0]
    return MoveTask(
        handle=found.get("TaskHandle"),
        status=found["Status"],
        moved=int(found.get("ApproximateNumberOfMessagesMoved", 0)),
        to_move=found.get("ApproximateNumberOfMessagesToMove"),
        failure=found.get("FailureReason", ""),
    )


def start_move_task(queue: DeadLetterQueue, letters_a_second: int | None) -> bool:
    """Start a task, and return whether it was; one that runs already goes on at its own rate."""
    task = latest_move_task(queue)
    if task and task.runs:
        return False
    rate = {"MaxNumberOfMessagesPerSecond": letters_a_second} if letters_a_second else {}
    queue.account.call(
        "sqs",
        "start_message_move_task",
        SourceArn=queue_arn(queue.account, queue.url),
        # What a worker rejected never came from the queue's own redrive: SQS has to be told where to.
        DestinationArn=queue_arn(queue.account, queue.source_url),
        **rate,
    )
    return True


def watched(queue: DeadLetterQueue) -> Iterator[MoveTask]:
    """The task as it goes on, until it has ended."""
    while (task := latest_move_task(queue)) is not None:
        yield task
        if not task.runs:
            return
        time.sleep(_LOOK_SECONDS)


def cancel_move_task(queue: DeadLetterQueue) -> MoveTask:
    """Stop the running task; what it has moved stays moved. Raises OpsError where none runs."""
    task = latest_move_task(queue)
    if task is None or not task.runs or task.handle is None:
        raise OpsError(f"no redrive of {queue.name} runs: there is nothing to cancel")
    queue.account.call("sqs", "cancel_message_move_task", TaskHandle=task.handle)
    return task
