"""The worker's own metrics: those that it writes in its log, and one that CloudWatch Logs counts there.

The worker writes lines in CloudWatch's embedded metric format (worker_runtime.telemetry), which cost no call
and no filter.
"""

import pulumi

from worker_service.service.metrics.metric import Metric

PROCESSED = "MessagesProcessed"
FAILED = "MessagesFailed"
RETRIED = "MessagesRetried"
REJECTED = "MessagesRejected"
DEAD_LETTERED = "MessagesDeadLettered"
LEASES_LOST = "LeasesLost"
IN_FLIGHT = "MessagesInFlight"
DURATION = "HandlerDuration"

#: Written every 10 seconds with fast_scaling.
DEMAND = "Demand"
UNMET_DEMAND = "UnmetDemand"

_NAMESPACE = "WorkerService"

#: A worker that cannot receive may not live to write a metric, so the lines that say so are counted.
RECEIVE_FAILURES = "ReceiveFailures"
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
RECEIVE_FAILURES_PATTERN = '{ $.action = "receive_failed" }'


def worker(name: str, statistic: str, queue_name: pulumi.Input[str]) -> Metric:
    """A metric that the worker writes."""
    return Metric(_NAMESPACE, name, statistic, {"QueueName": queue_name})


def filter_namespace(queue_name: str) -> str:
    """Namespace of the metric that is counted: a filter knows no fixed dimension, so this names the queue."""
    return f"{_NAMESPACE}/{queue_name}"
