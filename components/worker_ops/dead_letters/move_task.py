"""SQS's own redrive: a task of the service that moves every letter, and goes on when nobody watches.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.errors import OpsError
from worker_ops.outage import Outage
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


#: What is known of a task that was just started, until SQS is asked.
_BEGUN = MoveTask(handle=None, status="RUNNING", moved=0, to_move=None, failure="")


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


def watched(queue: DeadLetterQueue, outage: Outage) -> Iterator[MoveTask]:
    """The task as it goes on, until it has ended: SQS moves letters also while it cannot be asked."""
    task: MoveTask | None = _BEGUN
    while True:
        with outage.outlived():
            task = latest_move_task(queue)
        if task is None:
            return
        yield task
        if not task.runs:
            return
        time.sleep(_LOOK_SECONDS)


def held_back(queue: DeadLetterQueue) -> str:
    """What a task that has ended did not move, because somebody else holds it; empty where nobody does."""
    held = queue.counts().in_flight
    if not held:
        return ""
    which = "letter is" if held == 1 else "letters are"
    behind = ", nor what is behind them in their message groups" if queue.is_fifo else ""
    return (
        f"{held:,} {which} in flight elsewhere: what somebody holds just now SQS does not move{behind}. "
        "Redrive again once it is released"
    )


def cancel_move_task(queue: DeadLetterQueue) -> MoveTask:
    """Stop the running task; what it has moved stays moved. Raises OpsError where none runs."""
    task = latest_move_task(queue)
    if task is None or not task.runs or task.handle is None:
        raise OpsError(f"no redrive of {queue.name} runs: there is nothing to cancel")
    queue.account.call("sqs", "cancel_message_move_task", TaskHandle=task.handle)
    return task
