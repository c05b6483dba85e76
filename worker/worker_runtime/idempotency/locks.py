"""The locks that this process holds: extended while their handlers run, and no longer than the messages' leases."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from worker_runtime.idempotency.store import OnceStore
from worker_runtime.message import Message
from worker_runtime.threads import start_thread

_log = logging.getLogger(__name__)

#: How long one receive or extension keeps a queue's messages invisible, by what the worker calls the queue: written
#: when it starts.
lease_seconds_by_queue: dict[str, float] = {}
#: Outside the runtime: SQS's default.
_LEASE_SECONDS = 30.0
#: A lock is extended as often as a lease, and ends before it: what comes again after a kill -9 finds none.
_LOCK_SHARE = 2 / 3
_EXTEND_SHARE = 1 / 3
_LOOKS_PER_EXTENSION = 4
_LOOK_MOST_SECONDS = 0.5


def lock_seconds(message: Message) -> float:
    """How long a message's lock holds unless it is extended."""
    return _LOCK_SHARE * _lease_seconds(message)


def _lease_seconds(message: Message) -> float:
    return lease_seconds_by_queue.get(message.queue, _LEASE_SECONDS)


@dataclass
class Lock:
    """A key that a message's handler works on."""

    store: OnceStore
    key: str
    owner: str
    message: Message
    extend_at: float = 0
    ended: bool = False

    def __post_init__(self) -> None:
        self.wait()

    def wait(self) -> None:
        """It was extended: not again for a while."""
        self.extend_at = time.monotonic() + _EXTEND_SHARE * _lease_seconds(self.message)


class Locks:
    """Extends locks from a thread of its own, which the first one starts."""

    def __init__(self) -> None:
        self._locks: dict[str, Lock] = {}
        self._changed = threading.Condition()
        self._started = False

    def hold(self, lock: Lock) -> None:
        """Extend a lock from now on."""
        with self._changed:
            self._locks[lock.owner] = lock
            # Where the system refuses the thread, locks last no longer than they are.
            self._started = self._started or start_thread(self._run, "once")
            self._changed.notify()

    def drop(self, lock: Lock) -> None:
        """Extend it no longer."""
        with self._changed:
            lock.ended = True
            self._locks.pop(lock.owner, None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._locks)
                held = list(self._locks.values())
            for lock in held:
                if time.monotonic() >= lock.extend_at:
                    self._extend(lock)
            shortest = min(_lease_seconds(lock.message) for lock in held)
            time.sleep(min(_LOOK_MOST_SECONDS, _EXTEND_SHARE * shortest / _LOOKS_PER_EXTENSION))

    def _extend(self, lock: Lock) -> None:
        """Extend a lock, unless the lease of its message is lost or its handler's time is over: it ends with them."""
        lock.wait()
        if lock.message.cancelled or lock.message.remaining_seconds <= 0:
            self.drop(lock)
            return
        try:
            if lock.store.claim(lock.key, lock.owner, lock_seconds(lock.message)).state != "mine" and not lock.ended:
                self.drop(lock)
                _log.warning("a lock of once was lost while its handler ran")
            elif lock.ended:  # given up meanwhile, and perhaps taken again here
                lock.store.release(lock.key, lock.owner)
        except Exception:  # the next extension may succeed
            _log.warning("a lock of once could not be extended", exc_info=True)


locks = Locks()
