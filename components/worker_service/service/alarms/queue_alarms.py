"""The alarms that tell a person, as plain values: when each goes off, what that means, and what to do."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from worker_service.service.alarms.watched import Watched
from worker_service.service.metrics.alarm import Alarm
from worker_service.service.metrics.metric import Metric, sns, sqs
from worker_service.service.metrics.worker_metrics import DEAD_LETTERED, RECEIVE_FAILURES, REJECTED, worker

_FIVE_MINUTES_SECONDS = 300
_TASK_FAILURE_SECONDS = 600

_DEAD_LETTER = (
    "Messages failed for good and lie in {dead_letter_queue_name} until 14 days after they were first sent. See why: "
    "workers dead-letters list --by reason --queue {dead_letter_queue_url} - mend the cause, then send them back: "
    "workers dead-letters redrive --queue {dead_letter_queue_url}"
)
_NEW_DEAD_LETTERS = (
    "Tasks sent messages to {dead_letter_queue_name}: a deployment that does so is rolled back. Nobody is told by this "
    "alarm; the one on the queue stays on as long as they lie there. See why: workers dead-letters list --by reason "
    "--queue {dead_letter_queue_url}"
)
_AGE = (
    "The oldest message in {queue_name} has been older than the acceptable {acceptable_latency_seconds} seconds for "
    "{minutes} minutes: too few tasks, or a message that keeps failing. See what fails: workers logs --stack {stack} "
    "--since 30m --action message_failed - if nothing does, raise max_count; until the next pulumi up: workers scale "
    "MIN MAX --stack {stack}"
)
_NO_CONSUMER = (
    "Messages wait in {queue_name} and for {minutes} minutes no task has asked for any. See why tasks stopped: "
    "workers status --stack {stack} - and: workers logs --stack {stack} --since 30m"
)
_DELIVERY_FAILURE = (
    "Topic {topic_names} could not deliver messages to {queue_name}; they lie in {dead_letter_queue_name}. Check "
    "the queue's policy and key: workers aws --stack {stack} -- sqs get-queue-attributes --attribute-names Policy "
    "KmsMasterKeyId --queue-url {queue_url}"
)
_RECEIVE_FAILURE = (
    "Tasks could not receive from {queue_name}: denied, throttled, or no way to SQS. See the error: workers logs "
    "--stack {stack} --since 15m --action receive_failed - where access is denied, compare the policies of task role "
    "and key with what this stack writes: pulumi preview --refresh --stack {stack}"
)
_TASK_FAILURE = (
    "{tasks} or more tasks of {service_name} crashed, could not start or failed their health check within 10 minutes. "
    "See why: workers status --stack {stack} - and: workers logs --stack {stack} --since 30m"
)


def service_alarms(watched: Watched, thresholds: Mapping[str, int]) -> dict[str, Alarm]:
    """The alarms of the main queue, and of what all queues share, by name, but those whose threshold is 0."""
    alarms = {
        **_of_queue(watched, thresholds),
        "delivery_failure": _delivery_failure(watched, thresholds["delivery_failure"]),
        "receive_failure": _receive_failure(watched, thresholds["receive_failure"]),
    }
    return {name: alarm for name, alarm in alarms.items() if thresholds[name] > 0}


def queue_alarms(watched: Watched, thresholds: Mapping[str, int]) -> dict[str, Alarm]:
    """The alarms of one more queue by name, but those whose threshold is 0."""
    return {name: alarm for name, alarm in _of_queue(watched, thresholds).items() if thresholds[name] > 0}


def _of_queue(watched: Watched, thresholds: Mapping[str, int]) -> dict[str, Alarm]:
    return {
        "dead_letter": _dead_letter(watched, thresholds["dead_letter"]),
        "age": _age(watched, thresholds["age"]),
        "no_consumer": _no_consumer(watched, thresholds["no_consumer"]),
    }


def _dead_letter(watched: Watched, messages: int) -> Alarm:
    return Alarm(
        watched.described(_DEAD_LETTER),
        {"messages": sqs("ApproximateNumberOfMessagesVisible", "Maximum", watched.dead_letter_queue_name)},
        threshold=messages,
        # SQS reports nothing of a queue that nobody uses, yet the messages still lie there.
        missing_data="ignore",
    )


def new_dead_letters_alarm(queues: Sequence[Watched], messages: int) -> Alarm:
    """Tasks give up so many messages in a minute, by their own count: deployments alone look at it.

    The queue's metric comes up to 15 minutes late where the queue was empty, and an alarm on it that is on already when
    a deployment starts is ignored for it: https://github.com/aws/copilot-cli/issues/4512
    """
    metrics: dict[str, Metric] = {}
    for index, watched in enumerate(queues):
        number = index or ""
        metrics[f"failed{number}"] = worker(DEAD_LETTERED, "Sum", watched.queue_name)
        metrics[f"rejected{number}"] = worker(REJECTED, "Sum", watched.queue_name)
    return Alarm(
        queues[0].described(_NEW_DEAD_LETTERS),
        metrics,
        threshold=messages,
        # A count of none is not written, and a sum of metrics leaves out what is missing.
        expression="SUM(METRICS())",
        missing_data="notBreaching",
    )


def _age(watched: Watched, minutes: int) -> Alarm:
    return Alarm(
        watched.described(_AGE, minutes=minutes),
        {"age": sqs("ApproximateAgeOfOldestMessage", "Maximum", watched.queue_name)},
        # The alarm is at least this old; SQS reports whole seconds.
        threshold=watched.acceptable_latency_seconds + 1,
        periods=minutes,
        missing_data="notBreaching",
    )


def _no_consumer(watched: Watched, minutes: int) -> Alarm:
    return Alarm(
        watched.described(_NO_CONSUMER, minutes=minutes),
        # ECS reports nothing of a service without tasks, so SQS is asked whether anyone receives. In-flight messages
        # belong to tasks that are busy with long jobs.
        {
            "v": sqs("ApproximateNumberOfMessagesVisible", "Maximum", watched.queue_name),
            "n": sqs("ApproximateNumberOfMessagesNotVisible", "Maximum", watched.queue_name),
            "received": sqs("NumberOfMessagesReceived", "Sum", watched.queue_name),
            "empty": sqs("NumberOfEmptyReceives", "Sum", watched.queue_name),
        },
        threshold=1,
        # A difference of truths, because where all of n, received and empty are missing it still says 1.
        expression="(v > 0) - ((n + received + empty) > 0)",
        periods=minutes,
        missing_data="notBreaching",
    )


def _delivery_failure(watched: Watched, messages: int) -> Alarm:
    failed = {
        f"failed{index or ''}": sns("NumberOfNotificationsFailed", "Sum", name)
        for index, name in enumerate(watched.topic_names)
    }
    return Alarm(
        watched.described(_DELIVERY_FAILURE),
        failed,
        threshold=messages,
        # A topic that nobody publishes to reports nothing, and a sum of metrics leaves out what is missing.
        expression="SUM(METRICS())" if len(failed) > 1 else None,
        period_seconds=_FIVE_MINUTES_SECONDS,
        missing_data="notBreaching",
    )


def _receive_failure(watched: Watched, errors: int) -> Alarm:
    return Alarm(
        watched.described(_RECEIVE_FAILURE),
        {"errors": Metric(watched.filter_namespace, RECEIVE_FAILURES, "Sum")},
        threshold=errors,
        period_seconds=_FIVE_MINUTES_SECONDS,
        missing_data="notBreaching",
    )


def task_failure_alarm(
    watched: Watched, service_name: pulumi.Input[str], rule_name: pulumi.Input[str], tasks: int
) -> Alarm:
    """Tasks ended by themselves or could not start: ECS has no metric of that, so its events are counted.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    return Alarm(
        watched.described(_TASK_FAILURE, service_name=service_name, tasks=tasks),
        {"failures": Metric("AWS/Events", "TriggeredRules", "Sum", {"RuleName": rule_name})},
        threshold=tasks,
        period_seconds=_TASK_FAILURE_SECONDS,
        missing_data="notBreaching",
    )


def failed_tasks_pattern(*, cluster_arn: str, service_name: str) -> dict[str, Any]:
    """Event pattern of the service's tasks that ended by themselves, could not start or failed their health check.

    Scaling in and deployments are none of these, though the scheduler stops those tasks too as it stops sick ones.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    """
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [cluster_arn],
            "group": [f"service:{service_name}"],
            "lastStatus": ["STOPPED"],
            "$or": [
                {"stopCode": ["EssentialContainerExited", "TaskFailedToStart"]},
                # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
                {"stoppedReason": [{"prefix": "Task failed container health checks"}]},
            ],
        },
    }
