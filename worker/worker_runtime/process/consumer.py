"""One process's worker: runs until a signal comes, and leaves nothing behind."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass

from worker_runtime.ecs.demand_publisher import demand_published
from worker_runtime.ecs.scale_in_protection import protection_of
from worker_runtime.errors import QueueError
from worker_runtime.handler import Handler
from worker_runtime.health import WRITE_SECONDS, Health, HealthFile
from worker_runtime.process.drain import EXIT_DRAINED, EXIT_WORK_CUT, Drain
from worker_runtime.process.first_call import answer_of
from worker_runtime.process.message_flow import MessageFlow, make_message_flow
from worker_runtime.process.queue_warnings import queue_warnings
from worker_runtime.process.signals import WaitForSignal
from worker_runtime.process.status import Status
from worker_runtime.settings import Settings
from worker_runtime.sqs.queue import Queue, QueueAttributes
from worker_runtime.telemetry.event_log import EventLog

_TICK_SECONDS = 1.0
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
            for warning in queue_warnings(attributes, self.settings):
                self.log.event("queue_warning", "WARNING", message=warning)
            flow = make_message_flow(self.settings, self.handler, self.queue, attributes, health, self.log)
            # Before handlers run, which may take all descriptors.
            file.write(None, busy=False)
            return self._consume(flow, Status(flow, health, file, self.log), wait_for_signal)
        finally:
            file.remove()

    def _consume(self, flow: MessageFlow, status: Status, wait_for_signal: WaitForSignal) -> int:
        flow.start()
        with protection_of(self.settings, lambda: flow.is_busy, self.log), demand_published(self.settings, self.log):
            signal, failed = self._run_until_signal(flow, status, wait_for_signal)
            self.log.event("drain_started", signal=signal, running=len(flow.runner.running()))
            wait = status.while_leaving(wait_for_signal)
            exit_code = Drain(flow, wait, self.settings.drain_seconds, self.settings.late_seconds).run()
        status.close()
        return EXIT_WORK_CUT if failed else exit_code

    def _run_until_signal(
        self, flow: MessageFlow, status: Status, wait_for_signal: WaitForSignal
    ) -> tuple[str | None, bool]:
        """Return the signal, and whether it was an exception that ended the wait: a signal handler of the user's may
        raise one here, even SystemExit, and that is no reason to leave messages behind."""
        try:
            while (signal := wait_for_signal(_TICK_SECONDS)) is None:
                flow.runner.tick()
                status.tick()
        except BaseException:
            self.log.event("thread_failed", "ERROR", thread="main", error=traceback.format_exc())
            return None, True
        return signal, False

    def _queue_attributes(
        self, wait_for_signal: WaitForSignal, health: Health, file: HealthFile
    ) -> QueueAttributes | None:
        """Read the queue's settings, however long it takes to come into being; None where a signal came
        first."""

        def is_asked_to_leave() -> bool:
            file.write(health.problem(), busy=False)
            return wait_for_signal(0) is not None

        while True:
            try:
                return answer_of(self.queue.attributes, is_asked_to_leave)
            except QueueError as error:
                self.log.event("receive_failed", "ERROR", error=str(error), retry_seconds=_QUEUE_RETRY_SECONDS)
                health.failed(str(error))
            again_at = time.monotonic() + _QUEUE_RETRY_SECONDS
            while (remaining := again_at - time.monotonic()) > 0:
                health.alive()
                file.write(health.problem(), busy=False)
                if wait_for_signal(min(WRITE_SECONDS, remaining)):
                    return None
