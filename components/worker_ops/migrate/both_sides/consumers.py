"""Who reads the queues of both sides, and who else still names an old one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.ecs_services import EcsService
from worker_ops.migrate.both_sides.queues import Queue


def of_consumers(
    old: Sequence[Queue],
    new: Sequence[Queue],
    services: Sequence[EcsService],
    consuming: Sequence[EcsService],
    taking: EcsService | None,
) -> Iterator[Check]:
    """New tasks have to run before the old subscriptions end, old ones until nothing is left for them.

    All queues of an old service have to be looked at, for they go with its stack. Whoever else names an old queue would
    send to nowhere, once it is gone.
    """
    known = {queue.url for queue in (*old, *new)}
    for service in consuming:
        for url in dict.fromkeys(url for url in service.read_urls if url not in known):
            told = f"{service.name} reads it too, and nobody has looked at it: give --old {url} as well"
            yield Check(url.rpartition("/")[2], is_met=False, told=told, before=Step.UNSUBSCRIBE)
    if taking and taking.desired_count:
        runs = taking.running_count > 0
        told = f"{taking.running_count} of {taking.desired_count} tasks run"
        yield Check(taking.name, runs, told if runs else f"{told}: workers status says why", Step.UNSUBSCRIBE)
    if taking or consuming:
        yield from _old_ones(old, consuming)
    for service in services:
        for queue in old:
            names = service.naming(queue.url)
            if names and (service not in consuming or (taking and service.is_same_as(taking))):
                told = f"names {queue.name} in {', '.join(names)}: point it to the new queue, or to its topic"
                yield Check(service.name, is_met=False, told=told, before=Step.DELETE)


def _old_ones(old: Sequence[Queue], consuming: Sequence[EcsService]) -> Iterator[Check]:
    waiting = sum(queue.counts.total for queue in old if not queue.is_dead_letters)
    running = sum(service.running_count for service in consuming)
    names = ", ".join(service.name for service in consuming) or "old consumers"
    if waiting and not running:
        lost = f"{waiting} messages lie in the old queues and no task reads them: start the old service again"
        if not consuming:
            lost = f"{waiting} messages lie in the old queues; nobody is known to read them: name who by --old-service"
        yield Check(names, is_met=False, told=lost, before=Step.DELETE)
    elif waiting:
        yield Check(names, is_met=True, told=f"{running} tasks read what is left", before=Step.DELETE)
