"""All that one process does: the flows of its queues, and the runner that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker_runtime.health import Health
from worker_runtime.in_flight.held import Held
from worker_runtime.process.message_flow import MessageFlow, Source, make_message_flow
from worker_runtime.runners.lanes import Lanes
from worker_runtime.runners.runner import Runner, make_runner
from worker_runtime.settings import Settings
from worker_runtime.sqs.queue import QueueAttributes
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.telemetry.queue_log import QueueLog


@dataclass(frozen=True)
class Work:
    """Flows that share the places of one runner."""

    runner: Runner
    lanes: Lanes
    flows: Sequence[MessageFlow]

    def start(self) -> None:
        """Start all of it. Raises RuntimeError, before anything is held, where the system refuses a thread."""
        self.start_handling()
        self.start_receiving()

    def start_handling(self) -> None:
        """Start all but receiving. Raises RuntimeError where the system refuses a thread."""
        for flow in self.flows:
            flow.start_settling()
        self.runner.start(self.lanes)

    def start_receiving(self) -> None:
        """Start consuming. Raises RuntimeError, before anything is held, where the system refuses a thread."""
        for flow in self.flows:
            flow.start_receiving(self.runner)

    @property
    def is_busy(self) -> bool:
        """Handlers run, or will at once: not so while the heads of FIFO groups wait for their next try."""
        return len(self.lanes) > 0 or bool(self.runner.running())

    @property
    def is_idle_with_work(self) -> bool:
        """Messages could start, and no handler runs: for a moment only, if all is well."""
        return len(self.lanes) > 0 and not self.runner.running()

    @property
    def polls(self) -> int:
        """Receives under way."""
        return sum(flow.receivers.polls for flow in self.flows)

    def forgotten(self) -> set[Held]:
        """Messages that are held and that neither wait nor run: being settled or deleted, if all is well."""
        running = self.runner.running()
        return {held for flow in self.flows for held in flow.forgotten(running)}

    def leaves(self) -> None:
        """Have nobody wait for receives that succeed any longer."""
        for flow in self.flows:
            flow.health.leaving()

    def slowed(self) -> str | None:
        """Why receives are slowed down, or None; of several queues, it says of which."""
        for flow in self.flows:
            if flow.breaker and (problem := flow.breaker.problem):
                return problem if len(self.flows) == 1 else f"queue {flow.queue.key}: {problem}"
        return None

    def problem(self) -> str | None:
        """What keeps messages from being received or handled, or None; of several queues, it says of which."""
        for flow in self.flows:
            if problem := flow.health.problem():
                return problem if len(self.flows) == 1 else f"queue {flow.queue.key}: {problem}"
        return self.runner.problem()


def make_work(
    settings: Settings, sources: Sequence[tuple[Source, QueueAttributes]], healths: Sequence[Health], log: EventLog
) -> Work:
    """Make all parts of one process."""
    runner = make_runner(settings, is_async=sources[0][0].handler.is_async)
    flows = [
        make_message_flow(settings, source, attributes, runner, health, log_of(source, len(sources), log))
        for (source, attributes), health in zip(sources, healths, strict=True)
    ]
    _share_handlers(flows)
    return Work(runner, Lanes([flow.lane for flow in flows], log), flows)


def log_of(source: Source, queues: int, log: EventLog) -> EventLog:
    """Where a queue's parts report: of several queues, lines say which."""
    return log if queues == 1 else QueueLog(log, source.settings.key)


def _share_handlers(flows: Sequence[MessageFlow]) -> None:
    all_weights = sum(flow.lane.weight for flow in flows)
    for flow in flows:
        others = [other.capacity for other in flows if other is not flow]
        flow.capacity.share_with(others, flow.lane.weight / all_weights)
