"""Gathers what handlers publish at the same time: to one target, in one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worker_runtime.publishing.publication import Publication

#: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html,
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
BATCH_MOST = 10
#: So long a batch that is not full waits for the end of the request under way, and for others' beside it.
LINGER_SECONDS = 0.02


def fits(batch: Sequence[Publication], more: Sequence[Publication]) -> bool:
    """Tell whether one request may have both: ten, no more bytes than the target takes, and of a FIFO group one, for
    the next might be taken where the one before it is not."""
    together = [*batch, *more]
    groups = [each.group for each in together if each.deduplication_id is not None]
    return (
        len(together) <= BATCH_MOST
        and sum(each.size_bytes for each in together) <= together[0].most_bytes
        and len(set(groups)) == len(groups)
    )


#: What the target says of those that it has not taken, by their places.
Failures = Mapping[int, Mapping[str, Any]]


class _Part:
    """What one call of `publish` has in a request."""

    def __init__(self, batch: Sequence[Publication]) -> None:
        self.batch = batch
        self.taken = False
        """A request has it."""
        self.is_shared = False
        """And others' beside it."""
        self._settled = threading.Event()
        self._failed: Failures = {}
        self._error: Exception | None = None

    def settle(self, failed: Failures, error: Exception | None) -> None:
        """Say which were not taken, or why that is not known."""
        self._failed, self._error = failed, error
        self._settled.set()

    def wait(self) -> Failures:
        """What was not taken, once that is known. Raises what keeps it from being known."""
        self._settled.wait()
        if self._error is not None:
            raise self._error
        return self._failed


class Gatherer:
    """One target's. A lone message goes at once, in the thread that publishes it; what comes while a request is under
    way waits for its end, for a full batch, or for the linger, and goes together."""

    def __init__(self, request: Callable[[Sequence[Publication]], Failures]) -> None:
        self._request = request
        """Makes one request."""
        self._waiting: list[_Part] = []
        self._under_way = 0
        self._changed = threading.Condition()

    def send(self, batch: Sequence[Publication]) -> Failures:
        """Send a batch that `fits`, in one request; returns what was not taken, of this batch alone. Raises what the
        request does."""
        part = _Part(batch)
        if together := self._together(part):
            self._send(together)
        try:
            return part.wait()
        except Exception as error:
            # Perhaps for what another call has in it.
            if not (part.is_shared and _is_refusal(error)):
                raise
        return self._request(batch)

    def _send(self, together: Sequence[_Part]) -> None:
        failed: Failures = {}
        error: Exception | None = RuntimeError("the thread that published it has ended")
        try:
            failed = self._request([publication for part in together for publication in part.batch])
            error = None
        except Exception as failure:
            error = failure
        finally:
            start = 0
            for part in together:
                end = start + len(part.batch)
                part.settle({place - start: failed[place] for place in failed if start <= place < end}, error)
                start = end
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _together(self, part: _Part) -> list[_Part]:
        """What this thread is to send; nothing where another has taken the part."""
        ends_at = time.monotonic() + LINGER_SECONDS
        with self._changed:
            self._waiting.append(part)
            if self._is_full():
                self._changed.notify_all()
            while not part.taken and self._under_way and not self._is_full():
                if not self._changed.wait(ends_at - time.monotonic()):
                    break
            return [] if part.taken else self._take(part)

    def _is_full(self) -> bool:
        return sum(len(part.batch) for part in self._waiting) >= BATCH_MOST

    def _take(self, first: _Part) -> list[_Part]:
        """A part, and what fits beside it of those that wait."""
        together, batch = [first], [*first.batch]
        for part in self._waiting:
            if part is not first and fits(batch, part.batch):
                together.append(part)
                batch += part.batch
        for part in together:
            part.taken, part.is_shared = True, len(together) > 1
        self._waiting = [part for part in self._waiting if not part.taken]
        self._under_way += 1
        return together


def _is_refusal(error: Exception) -> bool:
    """Tell whether a request was refused as a whole, so that nothing of it was taken."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - loaded by who has made the request

    return isinstance(error, ClientError)
