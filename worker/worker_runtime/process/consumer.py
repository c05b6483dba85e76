"""One process's worker: runs until a signal comes, and leaves nothing behind."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from worker_runtime.ecs.demand_publisher import demand_published
from worker_runtime.ecs.scale_in_protection import protection_of
from worker_runtime.errors import QueueError
from worker_runtime.health import WRITE_SECONDS, Health, HealthFile
from worker_runtime.process.drain import EXIT_DRAINED, EXIT_WORK_CUT, Drain
from worker_runtime.process.first_call import answer_of
from worker_runtime.process.hook_calls import HookCalls
from worker_runtime.process.message_flow import Source
from worker_runtime.process.queue_warnings import queue_warnings
from worker_runtime.process.signals import WaitForSignal
from worker_runtime.process.status import Status
from worker_runtime.process.work import Work, log_of, make_work
from worker_runtime.settings import Settings
from worker_runtime.sqs.queue import QueueAttributes
from worker_runtime.telemetry.event_log import EventLog

_TICK_SECONDS = 1.0
_QUEUE_RETRY_SECONDS = 12.0


@dataclass(frozen=True)
class Consumer:
    """Queues, their handlers and how to run them."""

    settings: Settings
    sources: Sequence[Source]
    log: EventLog

    def run(self, wait_for_signal: WaitForSignal) -> int:
        """Consume until a signal comes; returns the exit code."""
        file = HealthFile(self.settings.health_directory)
        healths = [Health() for _ in self.sources]
        sources: list[tuple[Source, QueueAttributes]] = []
        try:
            for source, health in zip(self.sources, healths, strict=True):
                log = log_of(source, len(self.sources), self.log)
                attributes = self._queue_attributes(source, wait_for_signal, health, file, log)
                if attributes is None:
                    return EXIT_DRAINED
                for warning in queue_warnings(attributes, source.settings.name):
                    log.event("queue_warning", "WARNING", message=warning)
                sources.append((source, attributes))
            work = make_work(self.settings, sources, healths, self.log)
            file.lease_seconds = max(attributes.visibility_timeout_seconds for _, attributes in sources)
            # Before handlers run, which may take all descriptors.
            file.write(None, busy=False)
            return self._consume(work, Status(work, file, self.log), wait_for_signal)
        finally:
            file.remove()

    def _consume(self, work: Work, status: Status, wait_for_signal: WaitForSignal) -> int:
        work.start_handling()
        # All handlers of a process share their hooks.
        hooks = HookCalls(self.sources[0].handler.hooks, work.runner, self.log, error_texts=self.settings.error_texts)

        def is_asked_to_leave(problem: str | None) -> bool:
            status.starts(problem)
            return wait_for_signal(0) is not None

        started = hooks.start(is_asked_to_leave)
        if not started:
            closed = hooks.stop(self.settings.drain_seconds)
            return EXIT_DRAINED if closed and started is None else EXIT_WORK_CUT
        work.start_receiving()
        with protection_of(self.settings, lambda: work.is_busy, self.log), demand_published(self.settings, self.log):
            signal, failed = self._run_until_signal(work, status, wait_for_signal)
            asked_at = time.monotonic()
            self.log.event("drain_started", signal=signal, running=len(work.runner.running()))
            wait = status.while_leaving(wait_for_signal)
            exit_code = Drain(work, wait, self.settings.drain_seconds, self.settings.late_seconds).run()
            closed = hooks.stop(self.settings.until_last_hook_seconds - (time.monotonic() - asked_at))
        status.close()
        return exit_code if closed and not failed else EXIT_WORK_CUT

    def _run_until_signal(self, work: Work, status: Status, wait_for_signal: WaitForSignal) -> tuple[str | None, bool]:
        """Return the signal, and whether it was an exception that ended the wait: a signal handler of the user's may
        raise one here, even SystemExit, and that is no reason to leave messages behind."""
        try:
            while (signal := wait_for_signal(_TICK_SECONDS)) is None:
                work.runner.tick()
                status.tick()
        except BaseException:
            self.log.event("thread_failed", "ERROR", thread="main", error=traceback.format_exc())
            return None, True
        return signal, False

    def _queue_attributes(
        self, source: Source, wait_for_signal: WaitForSignal, health: Health, file: HealthFile, log: EventLog
    ) -> QueueAttributes | None:
        """Read the queue's settings, however long it takes to come into being; None where a signal came
        first."""

        def is_asked_to_leave() -> bool:
            file.write(health.problem(), busy=False)
            return wait_for_signal(0) is not None

        while True:
            try:
                return answer_of(source.queue.attributes, is_asked_to_leave)
            except QueueError as error:
                log.event("receive_failed", "ERROR", error=str(error), retry_seconds=_QUEUE_RETRY_SECONDS)
                health.failed(str(error))
            again_at = time.monotonic() + _QUEUE_RETRY_SECONDS
            while (remaining := again_at - time.monotonic()) > 0:
                health.alive()
                file.write(health.problem(), busy=False)
                if wait_for_signal(min(WRITE_SECONDS, remaining)):
                    return None
