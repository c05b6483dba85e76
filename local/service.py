"""A worker service: where its messages come in, wait and end."""

from __future__ import annotations

from dataclasses import dataclass

from local.errors import BoxError


@dataclass(frozen=True)
class Service:
    """A worker service in the emulator."""

    name: str
    """The WorkerService's own name, as the program gives it."""
    cluster_arn: str
    ecs_service_name: str
    topic_arn: str
    queue_url: str
    queue_arn: str
    dead_letter_queue_url: str
    dead_letter_queue_arn: str


def choose_service(services: list[Service], name: str | None) -> Service:
    """The service that a command is for; `name` may be left out where there is one alone. Raises BoxError."""
    names = ", ".join(service.name for service in services)
    if not services:
        raise BoxError("the program has no worker service: there is neither a topic nor a queue")
    if name is None and len(services) > 1:
        raise BoxError(f"the program has {len(services)} worker services: say which with --service: {names}")
    for service in services:
        if name in (None, service.name):
            return service
    raise BoxError(f"there is no worker service {name}: the program has {names}")
