"""All checks before both steps of a move; what is needed to unsubscribe is needed to delete too."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from worker_ops.account import Account
from worker_ops.errors import OpsError
from worker_ops.migrate.both_sides.alarms import of_alarms
from worker_ops.migrate.both_sides.check import Check
from worker_ops.migrate.both_sides.consumers import of_consumers
from worker_ops.migrate.both_sides.ecs_services import EcsService, consumers_of, new_service, old_services
from worker_ops.migrate.both_sides.keys import of_keys
from worker_ops.migrate.both_sides.queues import Queue, of_queues, queue_at, queue_with_dead_letters
from worker_ops.migrate.both_sides.roles import of_roles
from worker_ops.migrate.both_sides.senders import of_senders
from worker_ops.migrate.both_sides.settings import of_settings
from worker_ops.migrate.both_sides.topics import of_topics, queue_subscriptions
from worker_ops.places.place import Service

#: CLUSTER and SERVICE of an old service.
ClusterService = tuple[str, str]


def checks(
    account: Account, old_urls: Sequence[str], new: Service, named_services: Sequence[ClusterService] = ()
) -> list[Check]:
    """What is found; `named_services` are old ones beside those of the new service's cluster that name a queue.

    Raises OpsError for an old queue that is the new service's own.
    """
    old_queues = _old_queues(account, old_urls)
    new_queues = _queues_of(account, new)
    _refuse_taken_over(old_queues, new_queues)
    taking = new_service(account, new)
    services = old_services(account, old_urls, named_services, taking)
    consuming = consumers_of(services, old_urls, named_services)
    subscriptions = queue_subscriptions(account)
    return [
        *of_topics(account, subscriptions, old_queues, new_queues),
        *of_settings(old_queues, new_queues, subscriptions),
        *of_consumers(old_queues, new_queues, services, consuming, taking),
        *of_roles(account, _roles(consuming), taking, old_queues, new_queues),
        *of_alarms(account, old_queues, consuming, new_queues, taking),
        *of_keys(account, old_queues, new_queues),
        *of_senders(old_queues),
        *of_queues(old_queues),
    ]


def accepted(found: Sequence[Check], names: Collection[str]) -> list[Check]:
    """The checks, with those that a person goes on without met, which are named by their subjects."""
    return [
        dataclasses.replace(check, is_met=True, told="left out on purpose")
        if check.is_choice and check.subject in names
        else check
        for check in found
    ]


def _old_queues(account: Account, urls: Sequence[str]) -> list[Queue]:
    """Each once, though a dead-letter queue is named beside the queue that it is behind."""
    found: dict[str, Queue] = {}
    for queue in (queue for url in urls for queue in queue_with_dead_letters(account, url)):
        if queue.is_dead_letters or queue.arn not in found:
            found[queue.arn] = queue
    return list(found.values())


def _refuse_taken_over(old: Sequence[Queue], new: Sequence[Queue]) -> None:
    """Its subscription is the only one, and its messages are the new service's: nothing must end here."""
    own = {queue.arn for queue in new}
    for queue in old:
        if queue.arn in own:
            raise OpsError(
                f"--old: {queue.name} is a queue of the new service itself, which took it over: neither unsubscribe nor"
                " delete it (docs/adopt.md)"
            )


def _queues_of(account: Account, new: Service) -> list[Queue]:
    queues = [queue_at(account, queue.url) for queue in new.queues]
    dead = [queue.dead_letter_queue_url for queue in new.queues if queue.dead_letter_queue_url]
    return [*queues, *(queue_at(account, url, is_dead_letters=True) for url in dead)]


def _roles(services: Sequence[EcsService]) -> list[str]:
    return list(dict.fromkeys(service.task_role_arn for service in services if service.task_role_arn))
