"""`@once`: a handler does its work once for each key, although its message may come again."""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from worker_runtime.errors import Reject, Retry
from worker_runtime.handling.declarations import name_of
from worker_runtime.handling.steps import Run, Step, declare, result_on, set_result
from worker_runtime.handling.steps import declared as steps_of
from worker_runtime.idempotency import options, results
from worker_runtime.idempotency.locks import Lock, lock_seconds, locks
from worker_runtime.idempotency.store import OnceStore
from worker_runtime.message import Message

_log = logging.getLogger(__name__)
_Function = TypeVar("_Function", bound=Callable[..., Any])

_KEY_MOST_CHARACTERS = 500
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_NAMED_KEY_MOST_BYTES = 2_048
_LOOK_LEAST_SECONDS = 0.05
_LOOK_MOST_SECONDS = 1.0

#: Takes the place of each handler's own store: that of a test.
store_in_place: ContextVar[OnceStore | None] = ContextVar("store_in_place", default=None)


def once(
    store: OnceStore,
    *,
    key: str | Callable[[Message], str] | None = None,
    remember_seconds: float = 86_400,
    wait_seconds: float = 20,
    again: Callable[[Message, Any], object] | None = None,
) -> Callable[[_Function], _Function]:
    """Declare that a handler does its work once for each key.

    `key`: the name of a message attribute, or a function of the message; None, the default: the message's id. It counts
    for this handler alone, and has 1 to 500 characters; a message without one is rejected.
    `remember_seconds` (1 to a year; a day by default): for how long what is done is known.
    `wait_seconds` (0 to 3,600; 20 by default): how long another message of the same key waits for the end of the first,
    before it is tried again later; one of a list does not wait. It is acknowledged where the first is done, and
    handled where that failed.
    `again`: a plain function of a message whose key is done already and of what the handler returned then, called in
    the handler's place; to answer once more, say. With it what the handler returns is remembered: what JSON can say, in
    65,536 bytes; of anything else, and of a handler of lists, None. What it raises fails the message.

    While a handler runs, its key is under a lock that ends with the message's lease. Raises ValueError naming every
    problem.
    """
    problems = options.problems(store, key, remember_seconds, wait_seconds, again)
    if problems:
        raise ValueError("; ".join(problems))

    def declared(function: _Function) -> _Function:
        if any(isinstance(getattr(step.run, "__self__", None), _Once) for step in steps_of(function)):
            raise ValueError(f"once: {name_of(function)} has one already, which would wait for this one's lock")
        step = _Once(store, name_of(function), key, remember_seconds, wait_seconds, again)
        check, prove = getattr(store, "check", lambda: None), getattr(store, "prove", None)
        return declare(function, Step(step.run, begin_blocks=True, end_blocks=True, check=check, prove=prove))

    return declared


@dataclass(frozen=True)
class _Once:
    """One handler's."""

    own_store: OnceStore
    name: str
    key: str | Callable[[Message], str] | None
    remember_seconds: float
    wait_seconds: float
    again: Callable[[Message, Any], object] | None

    def run(self, messages: list[Message]) -> Run:
        """Leave out what is done or under way elsewhere, and note what this call has done."""
        waits_until = time.monotonic() + (self.wait_seconds if len(messages) == 1 else 0)
        claimed: list[Lock | BaseException | None] = []
        try:
            for message in messages:
                claimed.append(self._claim(message, waits_until))  # noqa: PERF401 - the claims so far are given up below
            given = yield [claim.message for claim in claimed if isinstance(claim, Lock)]
        except BaseException:  # a store that fails, or a cancellation before the handler began
            for claim in claimed:
                if isinstance(claim, Lock):
                    self._release(claim)
            raise
        of_given = iter(given)
        return [self._end(claim, next(of_given)) if isinstance(claim, Lock) else claim for claim in claimed]

    def _claim(self, message: Message, waits_until: float) -> Lock | BaseException | None:
        """The lock of a message's key; None where it is done, and why it cannot be handled now where it is not."""
        try:
            key = f"{self.name}#{self._key_of(message)}"
        except Exception as error:  # of this message alone: others of a list go on
            return error
        store = store_in_place.get() or self.own_store
        owner = uuid.uuid4().hex
        look_seconds = _LOOK_LEAST_SECONDS
        while True:
            state, seconds, result = store.claim(key, owner, lock_seconds(message))
            if state == "mine":
                lock = Lock(store, key, owner, message)
                locks.hold(lock)
                return lock
            if state == "done":
                _log.info("the message's key is done already: it is not handled again")
                return self._repeat(message, result)
            if message.cancelled or time.monotonic() + look_seconds > waits_until:
                return Retry(max(1, math.ceil(seconds)), "another delivery of the same key is being handled")
            time.sleep(look_seconds)
            look_seconds = min(2 * look_seconds, _LOOK_MOST_SECONDS)

    def _repeat(self, message: Message, text: str | None) -> BaseException | None:
        """Do what is to be done in the handler's place; returns why it failed."""
        result = results.result_of(text)
        set_result(message, result)
        if self.again is None:
            return None
        try:
            self.again(message, result)
        except Exception as error:
            return error
        return None

    def _key_of(self, message: Message) -> str:
        if self.key is None:
            return message.id
        if callable(self.key):
            key, source = self.key(message), "the key of once"
        else:
            key, source = message.attributes.get(self.key), f"attribute {self.key}, the key of once"
        if not isinstance(key, str) or not 1 <= len(key) <= _KEY_MOST_CHARACTERS:
            raise Reject(f"{source}: {key!r:.100} is not text of 1 to {_KEY_MOST_CHARACTERS} characters")
        # What no store takes fails this message alone, and not the others of a list.
        try:
            size_bytes = len(f"{self.name}#{key}".encode())
        except UnicodeEncodeError as error:
            raise Reject(f"{source}: {key!r:.100} is not text: {error}") from None
        if size_bytes > _NAMED_KEY_MOST_BYTES:
            raise Reject(f"{source}: {key!r:.100} has, with {self.name}#, more than {_NAMED_KEY_MOST_BYTES} bytes")
        return key

    def _end(self, lock: Lock, error: BaseException | None) -> BaseException | None:
        if error is not None:
            self._release(lock)
            return error
        locks.drop(lock)
        try:
            result = None if self.again is None else results.text_of(result_on(lock.message))
            if lock.store.finish(lock.key, lock.owner, self.remember_seconds, result):
                return None
        except Exception as failure:
            return failure
        return Retry(None, "the lock of the message's key was lost while its handler ran")

    @staticmethod
    def _release(lock: Lock) -> None:
        locks.drop(lock)
        try:
            lock.store.release(lock.key, lock.owner)
        except Exception:  # it ends by itself
            _log.warning("a lock of once could not be released", exc_info=True)
