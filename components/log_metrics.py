"""Metrics that CloudWatch Logs counts in the worker's log: one row for each, by the `action` of its JSON lines."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LogMetric:
    """A metric filter. `value` is what a matching line adds: 1, or one of its fields."""

    actions: tuple[str, ...]
    value: str = "1"
    unit: str = "Count"

    @property
    def pattern(self) -> str:
        """The filter pattern of CloudWatch Logs.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
        """
        return "{ " + " || ".join(f'($.action = "{action}")' for action in self.actions) + " }"

    @property
    def default(self) -> str | None:
        """What a line that does not match counts as; a duration has no such thing."""
        return "0" if self.value == "1" else None


PROCESSED = "MessagesProcessed"
FAILED = "MessagesFailed"
RETRIED = "MessagesRetried"
DEAD_LETTERED = "MessagesDeadLettered"
DURATION = "HandlerDuration"
RECEIVE_FAILURES = "ReceiveFailures"

#: By name. The actions are those of worker/logs.py.
LOG_METRICS = {
    PROCESSED: LogMetric(("message_processed",)),
    FAILED: LogMetric(("message_failed",)),
    RETRIED: LogMetric(("message_retried",)),
    DEAD_LETTERED: LogMetric(("message_rejected", "message_dead_lettered")),
    DURATION: LogMetric(("message_processed",), value="$.duration_seconds", unit="Seconds"),
    RECEIVE_FAILURES: LogMetric(("receive_failed",)),
}


def metric_namespace(queue_name: str) -> str:
    """Namespace of a service's own metrics: metric filters know no fixed dimension, so the queue's name tells them."""
    return f"WorkerService/{queue_name}"
