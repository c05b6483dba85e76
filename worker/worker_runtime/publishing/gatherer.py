"""Gathers what handlers publish at the same time: to one target, in one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

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


class Part:
    """What one call of `publish` has in a request."""

    def __init__(self, batch: Sequence[Publication]) -> None:
        self.batch = batch
        self.taken = False
        """A request has it."""
        self._settled = threading.Event()
        self._error: Exception | None = None

    @property
    def is_settled(self) -> bool:
        """It is known what became of it."""
        return self._settled.is_set()

    def settle(self, error: Exception | None = None) -> None:
        """Say that all of it was accepted, or why not. The first word counts."""
        if not self.is_settled:
            self._error = error
            self._settled.set()

    def wait(self) -> None:
        """Return once it was accepted. Raises what kept it from that."""
        self._settled.wait()
        if self._error is not None:
            raise self._error


class RefusedTogether(Exception):  # noqa: N818 - a finding, and nobody's mistake
    """A request was refused as a whole, perhaps for what another call has in it."""


class Gatherer:
    """One target's. A lone message goes at once, in the thread that publishes it; what comes while a request is under
    way waits for its end, for a full batch, or for the linger, and goes together."""

    def __init__(self, deliver: Callable[[Sequence[Part]], None]) -> None:
        self._deliver = deliver
        """Sends parts in one request, and settles each; raises what fails all of them, RefusedTogether of several
        alone."""
        self._waiting: list[Part] = []
        self._under_way = 0
        self._changed = threading.Condition()

    def send(self, batch: Sequence[Publication]) -> None:
        """Return once a batch that `fits` was accepted. Raises what kept it from that."""
        part = Part(batch)
        if together := self._together(part):
            self._send(together)
        try:
            part.wait()
        except RefusedTogether:
            part = Part(batch)
            self._deliver([part])
            part.wait()

    def _send(self, together: Sequence[Part]) -> None:
        error: Exception = RuntimeError("the thread that published it has ended")
        try:
            self._deliver(together)
        except Exception as failure:
            error = failure
        finally:
            for part in together:
                part.settle(error)
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _together(self, part: Part) -> list[Part]:
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

    def _take(self, first: Part) -> list[Part]:
        """A part, and what fits beside it of those that wait."""
        together, batch = [first], [*first.batch]
        for part in self._waiting:
            if part is not first and fits(batch, part.batch):
                together.append(part)
                batch += part.batch
        for part in together:
            part.taken = True
        self._waiting = [part for part in self._waiting if not part.taken]
        self._under_way += 1
        return together
