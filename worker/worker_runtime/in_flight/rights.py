"""The rights that a message needs after its receive: without one it would be handled again and again."""

from __future__ import annotations

from worker_runtime.errors import QueueError
from worker_runtime.sqs.queue import Queue


class Rights:
    """Whether SQS lets this worker hold and delete what it receives. Nothing is received before that is proven."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._proven = False
        self.are_missing = False
        """SQS has refused a call since the proof."""

    def note_failure(self, error: QueueError) -> None:
        """A call about a held message failed: where it was refused, the proof is over."""
        if error.is_denied:
            self._proven = False
            self.are_missing = True

    def prove(self) -> None:
        """Ask SQS, unless it is proven. Raises QueueError, which names the right that is missing."""
        if not self._proven:
            self._queue.check_rights()
            self._proven = True
            self.are_missing = False
