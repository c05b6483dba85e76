"""One process's worker: puts the parts together, runs until a signal comes, and leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from worker.acknowledge import Acknowledger
from worker.capacity import Capacity
from worker.dead_letter import DeadLetters
from worker.errors import QueueError
from worker.handler import Handler
from worker.health import WRITE_SECONDS, Health, HealthFile
from worker.logs import EventLog
from worker.queue import Queue, QueueAttributes
from worker.queue_check import warnings_about
from worker.receiver import Receivers
from worker.run_queue import RunQueue
from worker.settings import Settings
from worker.settle import Settler
from worker.threads import ThreadRunner
from worker.visibility import Leases

#: Waits for the next signal, or for None when the given seconds are over.
WaitForSignal = Callable[[float], str | None]

EXIT_DRAINED = 0
#: Handlers had to be abandoned, or deletes were not confirmed: messages will come again.
EXIT_WORK_CUT = 1

_EXPIRE_SECONDS = 1.0
_DRAIN_TICK_SECONDS = 0.05
#: After a signal a long poll may still bring messages: wait this long for it before taking its connection
#: away.
_POLL_GRACE_SECONDS = 0.3
#: And this long afterwards for what SQS has put on its way.
_POLL_END_SECONDS = 0.7
_FLUSH_SECONDS = 5.0
_QUEUE_RETRY_SECONDS = 12.0


@dataclass(frozen=True)
class Consumer:
    """A queue, a handler and how to run them."""

    settings: Settings
    handler: Handler
    queue: Queue
    log: EventLog

    def run(self, wait_for_signal: WaitForSignal) -> int:
        """Consume until a signal comes; returns the exit code."""
        health = Health()
        file = HealthFile(self.settings.health_directory)
        try:
            attributes = self._queue_attributes(wait_for_signal, health, file)
            if attributes is None:
                return EXIT_DRAINED
            for warning in warnings_about(attributes, self.settings):
                self.log.event("queue_warning", "WARNING", message=warning)
            return _Run(self, attributes, health, file).until_signal(wait_for_signal)
        finally:
            file.remove()

    def _queue_attributes(
        self, wait_for_signal: WaitForSignal, health: Health, file: HealthFile
    ) -> QueueAttributes | None:
        """Read the queue's settings, however long it takes to come into being; None where a signal came
        first."""
        while True:
            try:
                return self.queue.attributes()
            except QueueError as error:
                self.log.event("receive_failed", "ERROR", error=str(error), retry_seconds=_QUEUE_RETRY_SECONDS)
                health.failed(str(error))
            again_at = time.monotonic() + _QUEUE_RETRY_SECONDS
            while (remaining := again_at - time.monotonic()) > 0:
                health.alive()
                file.write(health.problem())
                if wait_for_signal(min(WRITE_SECONDS, remaining)):
                    return None


class _Run:
    """The parts of a consumer while it runs."""

    def __init__(self, consumer: Consumer, attributes: QueueAttributes, health: Health, file: HealthFile) -> None:
        settings, queue, log = consumer.settings, consumer.queue, consumer.log
        self._settings = settings
        self._queue = queue
        self._log = log
        self._health = health
        self._file = file
        self._problem: str | None = None
        self._hurry = False
        """A second signal came."""
        self._runner = ThreadRunner(consumer.handler, settings.concurrency, settings.handler_timeout_seconds)
        self._run_queue = RunQueue(ordered=queue.is_fifo, on_ready=self._runner.wake)
        self._leases = Leases(queue, attributes.visibility_timeout_seconds, log)
        self._acknowledger = Acknowledger(queue, self._leases, log)
        capacity = Capacity(settings.concurrency, consumer.handler.batch_size or 1)
        self._settler = Settler(
            leases=self._leases,
            acknowledger=self._acknowledger,
            dead_letters=DeadLetters(queue, attributes.dead_letter_url),
            run_queue=self._run_queue,
            capacity=capacity,
            log=log,
            max_receive_count=attributes.max_receive_count,
            backoff_base_seconds=settings.backoff_base_seconds,
            backoff_cap_seconds=settings.backoff_cap_seconds,
        )
        self._receivers = Receivers(queue, capacity, self._leases, self._acknowledger, health, log)

    def until_signal(self, wait_for_signal: WaitForSignal) -> int:
        """Run, drain, and return the exit code."""
        self._leases.start()
        self._runner.start(self._run_queue, self._settler)
        self._receivers.start(self._run_queue.put, self._settler.hand_back)
        write_at = 0.0
        while (signal := wait_for_signal(_EXPIRE_SECONDS)) is None:
            self._runner.expire()
            if time.monotonic() >= write_at:
                self._report_health()
                write_at = time.monotonic() + WRITE_SECONDS
        self._log.event("drain_started", signal=signal, running=len(self._runner.running()))
        return self._drain(wait_for_signal)

    def _report_health(self) -> None:
        problem = self._health.problem()
        self._file.write(problem)
        if (problem is None) != (self._problem is None):
            self._log.event(
                "health_changed",
                "INFO" if problem is None else "ERROR",
                healthy=problem is None,
                reason=problem,
            )
        self._problem = problem

    def _drain(self, wait_for_signal: WaitForSignal) -> int:
        """Start nothing more, hand back what has not started, let the rest finish; a second signal ends that."""
        started = time.monotonic()
        deadline = started + self._settings.drain_seconds
        self._runner.close()
        self._receivers.stop()
        for held in self._runner.running():
            held.message.must_end_by(deadline)
        # Handing back while a receive is under way would only bring the messages to it, and use up a try.
        self._wait(wait_for_signal, started + _POLL_GRACE_SECONDS, lambda: not self._receivers.polls)
        self._queue.stop_waiting()
        self._settler.hand_back(self._run_queue.clear())
        self._wait(wait_for_signal, deadline, lambda: not self._runner.running())
        abandoned = self._runner.running()
        for held in abandoned:
            self._settler.abandon(held)
        self._let_polls_end(started)
        self._settler.hand_back(self._run_queue.clear())
        confirmed = self._acknowledger.close(_FLUSH_SECONDS)
        self._leases.close()
        return EXIT_WORK_CUT if abandoned or not confirmed else EXIT_DRAINED

    def _let_polls_end(self, drain_started: float) -> None:
        """Wait for what a long poll may still bring: SQS may give it the very messages that were handed back."""
        end = max(time.monotonic(), drain_started + _POLL_GRACE_SECONDS) + _POLL_END_SECONDS
        while self._receivers.polls and time.monotonic() < end:
            time.sleep(_DRAIN_TICK_SECONDS)

    def _wait(self, wait_for_signal: WaitForSignal, deadline: float, done: Callable[[], bool]) -> None:
        """Wait until it is done, the deadline is over, or another signal demands to leave at once."""
        while not done() and not self._hurry and (remaining := deadline - time.monotonic()) > 0:
            self._runner.expire()
            self._hurry = wait_for_signal(min(_DRAIN_TICK_SECONDS, remaining)) is not None
