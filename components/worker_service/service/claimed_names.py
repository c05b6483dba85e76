"""Names that services of one program have taken: two resources of a name have one URN, which the engine refuses."""

from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import pulumi

from worker_service.inputs.checking import InvalidArgumentsError
from worker_service.service.queues import MAIN, resource_name
from worker_service.service.topics import topic_resource_name

#: Of each parent, or the stack: what its services' resources are called, and which service's they are.
_CLAIMED: WeakKeyDictionary[pulumi.Resource, dict[str, str]] = WeakKeyDictionary()


def claim_names(name: str, args: Mapping[str, Any], parent: pulumi.Resource | None) -> None:
    """Take the names of the service's queues and topics.

    Raises InvalidArgumentsError where another service of the same parent has one: a queue `slow` of the service
    `orders` is `orders-slow`, and so is the main queue of the service `orders-slow`.
    """
    place = parent or pulumi.runtime.get_root_resource()
    if place is None:
        return
    claimed = _CLAIMED.setdefault(place, {})
    names = dict(_names(name, args))
    problems = [
        f"name: {what} would be called {called}, and so would one of the WorkerService {claimed[called]!r}: give one of"
        " them another name"
        for called, what in names.items()
        if claimed.get(called, name) != name
    ]
    if problems:
        raise InvalidArgumentsError("WorkerService", name, problems)
    claimed.update(dict.fromkeys(names, name))


def _names(name: str, args: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for key in dict.fromkeys((MAIN, *args["queues"])):
        yield f"{resource_name(name, key)}-queue", f"the queue {key}"
    for key in args["topics"]:
        yield topic_resource_name(name, key, "topic"), f"the topic {key}"
