"""What is wrong with the queues of a WorkerService, and between them and its topics."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from worker_service.inputs.arns import place_of
from worker_service.inputs.rules import unknown_name
from worker_service.service.inputs import WORKER_SERVICE_ROWS
from worker_service.service.queues import MAIN, OF_MADE_QUEUES, SHARED, all_queues, is_fifo
from worker_service.service.sources import source_conflicts

#: Metrics that scaling's widest alarm reads of each queue, and of none; an alarm reads ten.
_METRICS_MOST = 10
_DAY_SECONDS = 86_400


def queue_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong between the fields of queues, and between them and the service's own inputs."""
    queues = all_queues(args)
    for key in (MAIN, *args["queues"]) if MAIN not in args["queues"] else args["queues"]:
        given = args["queues"].get(key, {})
        if key == MAIN:
            yield from _said_twice(given)
        if "queue_arn" in given:
            yield from _existing_conflicts(f"queues.{key}", given, args.get("cluster_arn"))
        else:
            alone = [field for field in ("dead_letter_queue_arn", "kms_key_arn") if field in given]
            yield from (f"queues.{key}.{field}: goes with queue_arn" for field in alone)
            for source_name, source in queues[key]["sources"].items():
                yield from source_conflicts(f"queues.{key}.sources.{source_name}", source, queues[key].get("fifo"))
            yield from _times_conflicts("" if key == MAIN else f"queues.{key}.", queues[key])
        yield from _latency_conflicts("" if key == MAIN else f"queues.{key}.", queues[key])
    if "queue_arn" in args["queues"].get(MAIN, {}):
        yield from (
            f"{field}: is for a queue made here, and queues.main.queue_arn names an existing one"
            for field in OF_MADE_QUEUES
            if field in args and args[field] != WORKER_SERVICE_ROWS[field].default
        )
    arns = [queue["queue_arn"] for queue in queues.values() if isinstance(queue.get("queue_arn"), str)]
    yield from (f"queues: {arn} stands twice" for arn in sorted({arn for arn in arns if arns.count(arn) > 1}))


def queue_count_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Scaling reads two metrics of each queue, and more with what tasks report; an alarm reads ten."""
    options = [key for key in ("ignore_delayed_retries", "limit_to_groups") if args[key]]
    of_each = 2 + len(options)
    once = 1 if args["fast_scaling"] else 0
    queues, most = len({MAIN, *args["queues"]}), (_METRICS_MOST - once) // of_each
    if queues > most:
        named = " and ".join(options or ["fast_scaling"] * once)
        reason = f" with {named}" if named else ""
        yield f"queues: {queues} with the main one are more than {most}, the most that scaling's alarm can read{reason}"
    if queues > 1 and args["scaling"] == "proton":
        yield "queues: scaling proton knows the main queue alone; choose steady, bursty or batch"


def topic_queue_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Each topic names a queue that there is, of its own kind."""
    queues = all_queues(args)
    for key, topic in args["topics"].items():
        queue = topic.get("queue", MAIN)
        if queue not in queues:
            yield f"topics.{key}.queue: {unknown_name(queue, queues)}"
        elif is_fifo(queues[queue]):
            for name in ("topic_arn", "subscription_dead_letter_queue_arn"):
                arn = topic.get(name)
                if isinstance(arn, str) and not arn.endswith(".fifo"):
                    problem = "is not FIFO, and the queue is: its messages would not be delivered"
                    yield f"topics.{key}.{name}: {arn} {problem}"


def large_body_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Bodies outlast their messages: one that is rejected at its last moment begins anew in the dead-letter queue."""
    if "large_messages" not in args:
        return
    kept_days = args["large_messages"]["keep_days"]
    for key, queue in all_queues(args).items():
        if "queue_arn" not in queue:
            seconds = queue["message_retention_seconds"] + queue["dead_letter_retention_seconds"]
            days = math.ceil(seconds / _DAY_SECONDS)
            if kept_days < days:
                yield (
                    f"large_messages.keep_days: {kept_days} is below {days}, the days that a message may be in queue"
                    f" {key} and then in its dead-letter queue; its body would be gone before it"
                )


def _said_twice(given: Mapping[str, Any]) -> Iterable[str]:
    for field in (*SHARED, "fifo"):
        if field in given:
            yield f"queues.main.{field}: say it with the service's own input {field}"


def _existing_conflicts(name: str, given: Mapping[str, Any], cluster_arn: Any) -> Iterable[str]:
    for field in OF_MADE_QUEUES:
        if field in given:
            yield f"{name}.{field}: is for a queue made here; whoever owns the existing one sets it"
    dead_letter, queue = given.get("dead_letter_queue_arn"), given["queue_arn"]
    if dead_letter is None:
        yield f"{name}.dead_letter_queue_arn: required with queue_arn; a queue without one tries a bad message for ever"
    if isinstance(queue, pulumi.Output):
        return
    if isinstance(cluster_arn, str) and place_of(queue).region != place_of(cluster_arn).region:
        yield f"{name}.queue_arn: {queue} is not in {place_of(cluster_arn).region}, where the tasks run"
    if isinstance(dead_letter, str):
        yield from _pair_conflicts(name, queue, dead_letter)


def _pair_conflicts(name: str, queue: str, dead_letter: str) -> Iterable[str]:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    if dead_letter == queue:
        yield f"{name}.dead_letter_queue_arn: {dead_letter} is the queue itself"
    elif place_of(dead_letter) != place_of(queue) or dead_letter.endswith(".fifo") != queue.endswith(".fifo"):
        yield (
            f"{name}.dead_letter_queue_arn: {dead_letter} is not of the account, region and kind of {queue}, as SQS"
            " asks of a dead-letter queue"
        )


def _times_conflicts(prefix: str, queue: Mapping[str, Any]) -> Iterable[str]:
    retention_seconds, dead_seconds = queue["message_retention_seconds"], queue["dead_letter_retention_seconds"]
    visibility_seconds, receives = queue["visibility_timeout_seconds"], queue["max_receive_count"]
    if retention_seconds <= visibility_seconds * receives:
        tries = f"max_receive_count {receives} tries of visibility_timeout_seconds {visibility_seconds}"
        yield (
            f"{prefix}message_retention_seconds: {retention_seconds} is over before {tries}; raise it or lower one of"
            " them"
        )
    # A message keeps the time at which it was first sent: what comes late would be gone at once.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    if dead_seconds < retention_seconds:
        yield (
            f"{prefix or 'queues.main.'}dead_letter_retention_seconds: {dead_seconds} is below"
            f" message_retention_seconds {retention_seconds}; a dead letter would be gone before anybody sees it"
        )


def _latency_conflicts(prefix: str, queue: Mapping[str, Any]) -> Iterable[str]:
    latency, processing = queue["acceptable_latency_seconds"], queue["message_processing_seconds"]
    if latency < processing:
        yield (
            f"{prefix}acceptable_latency_seconds: {latency} is below message_processing_seconds {processing};"
            " no number of tasks makes one message faster"
        )
