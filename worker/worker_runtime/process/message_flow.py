"""A message's way through the worker: the parts that it passes, put together."""

from __future__ import annotations

from dataclasses import dataclass

from worker_runtime.handler import Handler
from worker_runtime.health import Health
from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.in_place_retries import InPlaceRetries
from worker_runtime.in_flight.leases import Leases
from worker_runtime.in_flight.receivers import Receivers
from worker_runtime.in_flight.run_queue import RunQueue
from worker_runtime.runners.runner import Runner, make_runner
from worker_runtime.settings import Settings
from worker_runtime.settlement.acknowledger import Acknowledger
from worker_runtime.settlement.dead_letters import DeadLetters
from worker_runtime.settlement.settler import Settler
from worker_runtime.sqs.queue import Queue, QueueAttributes
from worker_runtime.sqs.quotas import BATCH_MOST
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.telemetry.metrics import Metrics


@dataclass(frozen=True)
class MessageFlow:
    """Messages go from the receivers to the run queue, the runner, the settler and the acknowledger."""

    queue: Queue
    receivers: Receivers
    run_queue: RunQueue
    runner: Runner
    settler: Settler
    acknowledger: Acknowledger
    leases: Leases
    retries: InPlaceRetries
    metrics: Metrics

    def start(self) -> None:
        """Start consuming. Raises RuntimeError, before anything is held, where the system refuses a thread."""
        self.leases.start()
        self.acknowledger.start()
        self.runner.start(self.run_queue, self.settler)
        self.receivers.start(self.run_queue.put)

    @property
    def is_busy(self) -> bool:
        """Handlers run, or will at once: not so while the heads of FIFO groups wait for their next try."""
        return len(self.run_queue) > 0 or bool(self.runner.running())

    @property
    def is_idle_with_work(self) -> bool:
        """Messages could start, and no handler runs: for a moment only, if all is well."""
        return len(self.run_queue) > 0 and not self.runner.running()

    def forgotten(self) -> set[Held]:
        """Messages that are held and that neither wait nor run: being settled or deleted, if all is well."""
        held = set(self.leases.held())
        return held.difference(
            self.run_queue.waiting(), self.runner.running(), self.retries.waiting(), self.leases.outliving()
        )


def make_message_flow(
    settings: Settings,
    handler: Handler,
    queue: Queue,
    attributes: QueueAttributes,
    health: Health,
    log: EventLog,
) -> MessageFlow:
    """Make all parts of one worker."""
    metrics = Metrics(settings.queue_name)
    runner = make_runner(handler, settings)
    run_queue = RunQueue(ordered=queue.is_fifo, on_ready=runner.wake)
    leases = Leases(queue, attributes.visibility_timeout_seconds, log, metrics)
    acknowledger = Acknowledger(queue, leases, log)
    capacity = Capacity(settings.concurrency, handler.batch_size or 1)
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
        backoff_base_seconds=settings.backoff_base_seconds,
        backoff_cap_seconds=settings.backoff_cap_seconds,
    )
    receivers = Receivers(queue, capacity, leases, lambda: acknowledger.backlog, health, log)
    return MessageFlow(queue, receivers, run_queue, runner, settler, acknowledger, leases, retries, metrics)
