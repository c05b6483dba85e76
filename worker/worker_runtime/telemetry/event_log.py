"""What happens in the worker, as it is reported.

Each line of the log has `timestamp`, `level` and, where the runtime wrote it, `action`:

| action | when |
|---|---|
| worker_started, worker_stopped | the process begins and ends; `exit_code` |
| startup_failed | a `@startup` function raised, or what `@once` or large messages need cannot be used: it ends |
| shutdown_failed | a `@shutdown` function raised, or took longer than the stop timeout leaves |
| queue_warning | a setting of the queue does not go well with the worker's |
| scaling_warning | the handler takes another number of messages at once than scaling counts on |
| message_processed | the handler returned |
| message_failed | the handler raised, or ran too long; it is tried again in `delay_seconds` |
| message_retried | the handler raised Retry; it is tried again in `delay_seconds` |
| message_rejected | the handler raised Reject; it is in the dead-letter queue |
| message_dead_lettered | the last permitted try failed; it is in the dead-letter queue |
| dead_letter_failed | it could not be put there; SQS's own redrive will |
| message_returned | SQS has it back before its next start: the worker stops, or its group has to wait |
| message_abandoned | its handler was still running when the time to stop was over, or had been forgotten |
| message_unreadable | a fault of the runtime keeps it from being read; SQS delivers it again |
| message_received_again | SQS delivered a message that is held here; it is not run twice |
| handler_finished_late | a handler came back after its message was taken from it |
| lease_lost | another worker may have the message; the result does not count |
| heartbeat_failed, delete_failed, return_failed | a call about held messages failed |
| receive_failed, receive_recovered | SQS does not answer as it should, and does again |
| metrics | once a minute: what happened since the last (telemetry/metrics.py) |
| circuit_opened, circuit_closed | most handlers fail, and receives are slowed down; they succeed again |
| process_ended | one of WORKER_PROCESSES ended by itself, and is started again in `restart_seconds` |
| process_refused | the system starts no more processes: it is asked again in `restart_seconds` |
| demand | every 10 seconds with WORKER_PUBLISH_DEMAND: how many tasks are needed (ecs/demand_publisher.py) |
| demand_failed | SQS or ECS did not answer that question; it is asked again |
| protection_failed | the ECS agent refused scale-in protection |
| settle_failed, thread_failed | an error in the runtime itself: please report it |
| event_loop_ended | a handler's task called sys.exit, or stopped the event loop, which goes on; `error` says where |
| thread_refused | the system starts no more threads: so many handlers run at a time |
| health_changed | the container's health check turned, and why |
| drain_started | a signal asked the worker to stop |
| logs_dropped | lines were lost, because stdout was blocked |

Lines about one message have `message_id`, `topic`, `receive_count` and `duration_seconds`, `trace_id` where
the sender was in a trace, and `error_type` and `error` where its handler failed. Where the worker has several queues,
lines about one of them have `queue`, its name in WORKER_QUEUES.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol


class MessageFacts(Protocol):
    """What lines about a message tell of it."""

    id: str
    topic: str | None
    receive_count: int


#: A message, the seconds that its handler took, and what else is to be told.
MessageEvent = tuple[MessageFacts, float, dict[str, Any]]


class EventLog(Protocol):
    """Where the runtime's parts report what happens."""

    def event(self, action: str, level: str = "INFO", **fields: Any) -> None:
        """Report one event."""
        ...

    def message_events(self, action: str, level: str, told: Iterable[MessageEvent]) -> None:
        """Report what happened to messages."""
        ...

    def line(self, document: dict[str, Any]) -> None:
        """Write a line that is complete in itself."""
        ...
