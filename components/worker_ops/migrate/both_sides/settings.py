"""The settings of queues on both sides: by which of them a message would be refused, dropped or handled twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.queues import Queue

#: What must not be less than before: what that would do, and the input that says it.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_AT_LEAST = {
    "MaximumMessageSize": ("larger messages are refused", "max_message_size_bytes"),
    "MessageRetentionPeriod": ("what waits longer is gone", "message_retention_seconds"),
    "VisibilityTimeout": ("what takes longer is handled twice", "visibility_timeout_seconds"),
    "DelaySeconds": ("messages come sooner", "delay_seconds"),
}
_OF_DEAD_LETTERS = {
    "MaximumMessageSize": _AT_LEAST["MaximumMessageSize"],
    "MessageRetentionPeriod": ("what waits longer is gone", "dead_letter_retention_seconds"),
}
_RECEIVES = ("messages are given up sooner", "max_receive_count")

#: Of a FIFO queue: what SQS does where nobody says otherwise, what that would do, and the input.
_FIFO = {
    "ContentBasedDeduplication": ("false", "who sends no deduplication id is refused", "content_based_deduplication"),
    "DeduplicationScope": ("queue", "what has the id of another group's message is dropped", "high_throughput"),
    "FifoThroughputLimit": ("perQueue", "senders are throttled sooner", "high_throughput"),
}

#: Nobody can mean these: what they would lose is shown by no queue and no alarm.
_NO_CHOICE = ("MaximumMessageSize", "DeduplicationScope", "RedrivePolicy")


@dataclass(frozen=True)
class _Difference:
    """A setting of a new queue that does worse than the old queue's."""

    queue: Queue
    attribute: str
    told: str

    def check(self) -> Check:
        subject = f"{self.queue.name}:{self.attribute}"
        is_choice = self.attribute not in _NO_CHOICE
        return Check(subject, is_met=False, told=self.told, before=Step.UNSUBSCRIBE, is_choice=is_choice)


def of_settings(
    old: Sequence[Queue], new: Sequence[Queue], subscriptions: Sequence[Mapping[str, str]]
) -> Iterator[Check]:
    """Each old queue beside the new ones that take its place: for each of its topics, the one that is most alike."""
    known = {queue.arn: queue for queue in (*old, *new)}
    takers = [queue for queue in new if not queue.is_dead_letters]
    for queue in (queue for queue in old if not queue.is_dead_letters):
        found = {one.arn: list(_differences(queue, one, known)) for one in takers}
        for successor in _successors(queue, takers, subscriptions, found):
            yield from (difference.check() for difference in found[successor.arn])
            if not found[successor.arn]:
                told = f"takes and keeps what {queue.name} does"
                yield Check(successor.name, is_met=True, told=told, before=Step.UNSUBSCRIBE)


def _successors(
    old: Queue,
    takers: Sequence[Queue],
    subscriptions: Sequence[Mapping[str, str]],
    differences: Mapping[str, Sequence[_Difference]],
) -> list[Queue]:
    """For each topic of the old queue the most alike of those that have it, or of all where none has."""
    of_topics = [
        [one for one in takers if topic in _topics(one, subscriptions)] for topic in _topics(old, subscriptions)
    ]
    candidates = [ones for ones in of_topics if ones] or [list(takers)]
    chosen = {min(ones, key=lambda one: len(differences[one.arn])).arn for ones in candidates if ones}
    return [one for one in takers if one.arn in chosen]


def _topics(queue: Queue, subscriptions: Sequence[Mapping[str, str]]) -> set[str]:
    return {one["TopicArn"] for one in subscriptions if one["Endpoint"] == queue.arn}


def _differences(old: Queue, new: Queue, known: Mapping[str, Queue]) -> Iterator[_Difference]:
    yield from _lower(old, new, _AT_LEAST)
    yield from _of_fifo(old, new)
    if not old.redrive:
        return
    if not new.redrive:
        told = (
            f"no dead-letter queue is behind it, as behind {old.name}: a message that always fails is lost in the end"
        )
        yield _Difference(new, "RedrivePolicy", told)
        return
    before, now = (int(queue.redrive["maxReceiveCount"]) for queue in (old, new))
    if now < before:
        yield _Difference(new, "maxReceiveCount", _told(old, before, now, *_RECEIVES))
    dead = [known.get(queue.redrive["deadLetterTargetArn"]) for queue in (old, new)]
    if dead[0] and dead[1]:
        yield from _lower(dead[0], dead[1], _OF_DEAD_LETTERS)


def _lower(old: Queue, new: Queue, settings: Mapping[str, tuple[str, str]]) -> Iterator[_Difference]:
    for attribute, (effect, input_) in settings.items():
        before, now = (int(queue.attributes[attribute]) for queue in (old, new))
        if now < before:
            yield _Difference(new, attribute, _told(old, before, now, effect, input_))


def _of_fifo(old: Queue, new: Queue) -> Iterator[_Difference]:
    was, is_now = (queue.attributes.get("FifoQueue") == "true" for queue in (old, new))
    if was and not is_now:
        yield _Difference(new, "FifoQueue", _told(old, "true", "false", "order is lost, doubles are handled", "fifo"))
    elif is_now and not was:
        yield _Difference(new, "FifoQueue", _told(old, "false", "true", "who sends no group is refused", "fifo"))
    elif was:
        for attribute, (default, effect, input_) in _FIFO.items():
            before, now = (queue.attributes.get(attribute, default) for queue in (old, new))
            if now == default != before:
                yield _Difference(new, attribute, _told(old, before, now, effect, input_))


def _told(old: Queue, before: object, now: object, effect: str, input_: str) -> str:
    return f"is {now}, of {old.name} {before}: {effect}; `{input_}`"
