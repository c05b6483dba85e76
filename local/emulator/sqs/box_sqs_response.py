"""SQS's calls that moto lacks or answers short: the dead-letter redrive, and where a dead letter came from.

Rules: the API reference of StartMessageMoveTask, ListMessageMoveTasks and CancelMessageMoveTask.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.sqs.exceptions import InvalidParameterValue, SQSException
from moto.sqs.responses import SQSResponse

from local.emulator.sqs.box_queue import BoxQueue
from local.emulator.sqs.move_task import MoveTask
from local.emulator.sqs.queue_by_arn import queue_by_arn

MAXIMUM_RATE = 500  # messages a second
MAXIMUM_TASKS = 10  # listed for one queue


class _ResourceNotFound(SQSException):
    def __init__(self, what: str) -> None:
        super().__init__("ResourceNotFoundException", f"The resource that you specified for {what} doesn't exist.")


class BoxSqsResponse(SQSResponse):
    """moto's SQS with the three calls of the redrive."""

    def receive_message(self) -> ActionResult:
        """Receive, and tell of each dead letter which queue it is from."""
        answer = super().receive_message()
        names = {*self._get_param("AttributeNames", []), *self._get_param("MessageSystemAttributeNames", [])}
        queue = self.sqs_backend.get_queue(self._get_queue_name())
        if isinstance(queue, BoxQueue) and names & {"All", "DeadLetterQueueSourceArn"}:
            for received in answer.result.get("Messages", []):  # type: ignore[attr-defined]
                entry, _ = queue.store.find(received["ReceiptHandle"])
                if entry and entry.message.dead_letter_source_arn:
                    attributes = received.setdefault("Attributes", {})
                    attributes["DeadLetterQueueSourceArn"] = entry.message.dead_letter_source_arn
        return answer

    def start_message_move_task(self) -> ActionResult:
        """Begin to move the messages of a dead-letter queue."""
        source = self._queue(self._get_param("SourceArn"), "the SourceArn parameter")
        rate = self._get_param("MaxNumberOfMessagesPerSecond")
        if rate is not None and not 1 <= rate <= MAXIMUM_RATE:
            raise InvalidParameterValue(
                f"Value {rate} for parameter MaxNumberOfMessagesPerSecond is invalid. "
                f"Reason: Must be between 1 and {MAXIMUM_RATE}, if provided."
            )
        if not self.sqs_backend.list_dead_letter_source_queues(source.name):
            raise InvalidParameterValue("Source queue must be configured as a Dead Letter Queue.")
        destination = None
        if self._get_param("DestinationArn"):
            destination = self._queue(self._get_param("DestinationArn"), "the DestinationArn parameter")
            if destination.fifo_queue != source.fifo_queue:
                raise InvalidParameterValue("Source and destination queues must be of the same type.")
        if any(task.status in ("RUNNING", "CANCELLING") for task in source.move_tasks):
            raise SQSException(
                "UnsupportedOperation",
                "There is already a task running. Only one active task is allowed for a source queue "
                "arn at a given time.",
            )
        task = MoveTask(source, destination, rate)
        source.move_tasks = [task, *source.move_tasks[: MAXIMUM_TASKS - 1]]
        task.start()
        return ActionResult({"TaskHandle": task.handle})

    def list_message_move_tasks(self) -> ActionResult:
        """The latest tasks of a queue, newest first."""
        source = self._queue(self._get_param("SourceArn"), "the SourceArn parameter")
        count = self._get_param("MaxResults", 1)
        if not 1 <= count <= MAXIMUM_TASKS:
            raise InvalidParameterValue(
                f"Value {count} for parameter MaxResults is invalid. "
                f"Reason: Must be between 1 and {MAXIMUM_TASKS}, if provided."
            )
        return ActionResult({"Results": [task.entry() for task in source.move_tasks[:count]]})

    def cancel_message_move_task(self) -> ActionResult:
        """Stop a running task; what was moved stays moved."""
        handle = self._get_param("TaskHandle")
        for queue in self.sqs_backend.queues.values():
            for task in getattr(queue, "move_tasks", []):
                if task.handle == handle:
                    if task.status != "RUNNING":
                        raise SQSException("UnsupportedOperation", "Only active tasks can be cancelled.")
                    task.cancel()
                    return ActionResult({"ApproximateNumberOfMessagesMoved": task.moved})
        raise _ResourceNotFound("the TaskHandle parameter")

    @staticmethod
    def _queue(arn: str, parameter: str) -> BoxQueue:
        queue = queue_by_arn(arn)
        if not isinstance(queue, BoxQueue):
            raise _ResourceNotFound(parameter)
        return queue
