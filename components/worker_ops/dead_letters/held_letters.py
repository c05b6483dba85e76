"""Looks through a dead-letter queue: each letter is received once, held while somebody looks, and released at the end.

A letter that is received is hidden from everybody else until it is released or its visibility timeout is over, so two
people never work on the same one. SQS holds 120,000 messages of a queue in flight at most:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext, suppress

from botocore.exceptions import ClientError

from worker_ops.dead_letters.letter import Letter
from worker_ops.dead_letters.looked import Looked
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.errors import OpsError

#: Held at a time, well below what SQS holds in flight.
LOOKED_AT_MOST = 100_000
_BATCH_MOST = 10
#: What a look is given at least; a kill -9 hides the letters for so long.
_HELD_SECONDS = 60
_HELD_MOST_SECONDS = 43_200
#: Slower than any network that people work over.
_LETTERS_A_SECOND = 20
_GONE = frozenset({"ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight"})


class HeldLetters:
    """The letters of a queue, one after the other. Use it in a with statement, which releases what is left."""

    def __init__(self, queue: DeadLetterQueue, *, letters_a_second: float | None = None) -> None:
        """`letters_a_second` is the pace of who looks, where it is slower than reading."""
        self._queue = queue
        pace = min(letters_a_second or _LETTERS_A_SECOND, _LETTERS_A_SECOND)
        self.waiting = queue.counts().visible
        """Letters that were to be seen before the first was received, as far as SQS knows."""
        expected_seconds = int(min(self.waiting, LOOKED_AT_MOST) / pace)
        self._visibility_seconds = min(_HELD_SECONDS + 2 * expected_seconds, _HELD_MOST_SECONDS)
        self._handles: dict[str, str] = {}
        self._looked_at = 0
        self._deleted = 0
        self._is_cut_short = False

    def __enter__(self) -> HeldLetters:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_exception: object) -> None:
        # What failed before is what has to be told; the letters show themselves when their time is over.
        with suppress(OpsError, ClientError) if failure else nullcontext():
            self._release(list(self._handles))

    def __iter__(self) -> Iterator[Letter]:
        """Each letter once, until the queue shows no more; what is deleted meanwhile makes room."""
        while not self._is_cut_short:
            is_full = len(self._handles) >= LOOKED_AT_MOST
            received = self._receive()
            new = [letter for letter in received if letter.id not in self._handles]
            # All of a receive are held before one of them is worked on, which may take long. The newest handle counts.
            self._handles.update((letter.id, letter.receipt_handle) for letter in received)
            if not new:
                return
            if is_full:
                # Only this last receive tells that there are more.
                self._is_cut_short = True
                return
            self._looked_at += len(new)
            yield from new

    @property
    def looked(self) -> Looked:
        """How far it went."""
        return Looked(self._looked_at, self._looked_at - self._deleted, self._is_cut_short)

    def delete(self, letter: Letter) -> None:
        """Take the letter out of the queue for good."""
        self._queue.call("delete_message", ReceiptHandle=self._handles[letter.id])
        del self._handles[letter.id]
        self._deleted += 1

    def keep_hidden(self, letter: Letter, seconds: int) -> None:
        """Hold the letter so much longer."""
        self._queue.call("change_message_visibility", ReceiptHandle=self._handles[letter.id], VisibilityTimeout=seconds)

    def _receive(self) -> list[Letter]:
        answer = self._queue.call(
            "receive_message",
            MaxNumberOfMessages=_BATCH_MOST,
            VisibilityTimeout=self._visibility_seconds,
            # A long poll asks all of SQS's servers: an empty answer means that there is nothing.
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return [Letter.from_sqs(received) for received in answer.get("Messages", [])]

    def _release(self, ids: list[str]) -> None:
        """Show the letters to everybody again; one that is not held any more needs nothing."""
        for start in range(0, len(ids), _BATCH_MOST):
            entries = [
                {"Id": str(place), "ReceiptHandle": self._handles.pop(id_), "VisibilityTimeout": 0}
                for place, id_ in enumerate(ids[start : start + _BATCH_MOST])
            ]
            try:
                self._queue.call("change_message_visibility_batch", Entries=entries)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:
                    raise
