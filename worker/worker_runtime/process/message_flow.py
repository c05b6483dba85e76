"""A message's way through the worker: the parts that it passes, put together for each queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker_runtime.handler import Handler
from worker_runtime.health import Health
from worker_runtime.idempotency.locks import lease_seconds_by_queue
from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.in_flight.circuit_breaker import CircuitBreaker, SlowedCapacity, WatchedMetrics
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.in_place_retries import InPlaceRetries
from worker_runtime.in_flight.leases import Leases
from worker_runtime.in_flight.receivers import Receivers
from worker_runtime.in_flight.run_queue import RunQueue
from worker_runtime.queue_settings import QueueSettings
from worker_runtime.runners.lanes import Lane
from worker_runtime.runners.runner import Runner
from worker_runtime.settings import Settings
from worker_runtime.settlement.acknowledger import Acknowledger
from worker_runtime.settlement.dead_letters import DeadLetters
from worker_runtime.settlement.settler import Settler
from worker_runtime.sqs.queue import Queue, QueueAttributes
from worker_runtime.sqs.quotas import BATCH_MOST
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.telemetry.metrics import Metrics


@dataclass(frozen=True)
class Source:
    """A queue, and what to do with its messages."""

    settings: QueueSettings
    queue: Queue
    handler: Handler


@dataclass(frozen=True)
class MessageFlow:
    """Messages of one queue go from the receivers to the run queue, the runner, the settler and the acknowledger."""

    queue: Queue
    lane: Lane
    receivers: Receivers
    run_queue: RunQueue
    settler: Settler
    acknowledger: Acknowledger
    leases: Leases
    retries: InPlaceRetries
    capacity: Capacity
    metrics: Metrics
    health: Health
    breaker: CircuitBreaker | None

    def start_settling(self) -> None:
        """Start what keeps and settles messages. Raises RuntimeError where the system refuses a thread."""
        self.leases.start()
        self.acknowledger.start()

    def start_receiving(self, runner: Runner) -> None:
        """Start asking for messages. Raises RuntimeError, before anything is held, where the system refuses a
        thread."""
        self.receivers.start(self.run_queue.put, runner.join)

    def forgotten(self, running: Sequence[Held]) -> set[Held]:
        """Messages that are held and that neither wait nor run: being settled or deleted, if all is well."""
        return set(self.leases.held()).difference(
            self.run_queue.waiting(), running, self.retries.waiting(), self.leases.outliving()
        )


def make_message_flow(
    settings: Settings, source: Source, attributes: QueueAttributes, runner: Runner, health: Health, log: EventLog
) -> MessageFlow:
    """Make the parts of one queue, whose handlers `runner` runs."""
    queue, of_queue = source.queue, source.settings
    lease_seconds_by_queue[of_queue.key] = attributes.visibility_timeout_seconds
    percent = settings.circuit_breaker_percent
    breaker = CircuitBreaker(percent, log) if percent else None
    metrics = WatchedMetrics(of_queue.name, breaker) if breaker else Metrics(of_queue.name)
    run_queue = RunQueue(ordered=queue.is_fifo, on_ready=runner.wake)
    leases = Leases(queue, attributes.visibility_timeout_seconds, health.extensions, log, metrics)
    handlers = settings.concurrency, source.handler.batch_size or 1
    capacity = SlowedCapacity(*handlers, breaker) if breaker else Capacity(*handlers)
    acknowledger = Acknowledger(queue, leases, capacity, health.deletes, log)
    # Ten messages for each handler, as a receive for each brings.
    retries = InPlaceRetries(BATCH_MOST * settings.concurrency, leases, capacity, run_queue.group_resumes)
    settler = Settler(
        leases=leases,
        acknowledger=acknowledger,
        dead_letters=DeadLetters(queue, attributes.dead_letter_url, error_texts=settings.error_texts),
        run_queue=run_queue,
        capacity=capacity,
        retries=retries,
        log=log,
        metrics=metrics,
        max_receive_count=attributes.max_receive_count,
        backoff_base_seconds=of_queue.backoff_base_seconds,
        backoff_cap_seconds=of_queue.backoff_cap_seconds,
    )
    return MessageFlow(
        queue=queue,
        lane=Lane(of_queue.key, run_queue, source.handler, settler, 1 / of_queue.acceptable_latency_seconds),
        receivers=Receivers(queue, capacity, leases, lambda: acknowledger.backlog, health, log),
        run_queue=run_queue,
        settler=settler,
        acknowledger=acknowledger,
        leases=leases,
        retries=retries,
        capacity=capacity,
        metrics=metrics,
        health=health,
        breaker=breaker,
    )
