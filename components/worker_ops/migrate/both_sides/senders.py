"""Who sends to the old queues without a topic, as their policies say: other accounts, and services as EventBridge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.policy_reach import senders_of
from worker_ops.migrate.both_sides.queues import Queue


def of_senders(old: Sequence[Queue]) -> Iterator[Check]:
    """What they send reaches nobody, once the old queue is gone."""
    for queue in old:
        for principal in senders_of(queue.policy):
            told = "its policy lets them send without a topic: point them to the new queue, or to a topic"
            yield Check(f"{queue.name}:{principal}", is_met=False, told=told, before=Step.DELETE, is_choice=True)
