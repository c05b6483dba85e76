"""What a 30-minute outage does to messages: a model of the queue, on the runtime's own back-off and breaker."""

from __future__ import annotations

import random
from collections import Counter

from tests.support.fake_sqs import EventList
from worker_runtime.backoff import delay_seconds
from worker_runtime.in_flight.circuit_breaker import CircuitBreaker

#: A message a second for so long, of which every handler fails from the first to the second of these.
LOAD_SECONDS = 2_400
FROM_SECONDS, TO_SECONDS = 300, 2_100
TRIES = 3


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


class Outage:
    """One worker through one outage."""

    def __init__(self, percent: int | None) -> None:
        self._clock = Clock()
        self._began_at = self._clock.now
        self._breaker = CircuitBreaker(percent, EventList(), self._clock) if percent else None
        self._visible_at: dict[int, float] = {}
        self._tries: Counter[int] = Counter()
        self._dead = 0

    @property
    def recovery_seconds(self) -> float:
        """How long after the outage the last message was done."""
        return self._clock.now - self._began_at - TO_SECONDS

    def run(self) -> int:
        """Return how many messages were dead-lettered."""
        random.seed(7)
        sent = 0
        while sent < LOAD_SECONDS or self._visible_at:
            if sent < LOAD_SECONDS:
                self._visible_at[sent] = self._clock.now
                sent += 1
            for _ in range(10):
                self._clock.now += 0.1
                self._receive()
        return self._dead

    def _receive(self) -> None:
        most = self._breaker.admit(0) if self._breaker else 10
        ready = [number for number, at in self._visible_at.items() if at <= self._clock.now]
        taken = random.sample(ready, min(most, len(ready)))
        if self._breaker and most and not taken:
            self._breaker.not_tried()
        for number in taken:
            action = self._handle(number)
            if self._breaker:
                self._breaker.count(action)

    def _handle(self, number: int) -> str:
        self._tries[number] += 1
        del self._visible_at[number]
        if not FROM_SECONDS <= self._clock.now - self._began_at < TO_SECONDS:
            return "message_processed"
        if self._tries[number] == TRIES:
            self._dead += 1
            return "message_dead_lettered"
        self._visible_at[number] = self._clock.now + delay_seconds(self._tries[number], 2, 300)
        return "message_failed"
