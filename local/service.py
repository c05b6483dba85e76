"""A worker service: where its messages come in, wait and end."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """The main queue's; so are the next three."""
    queue_arn: str
    dead_letter_queue_url: str
    dead_letter_queue_arn: str
    other_queues: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same four of each other queue, by its name."""

    @property
    def queues(self) -> dict[str, dict[str, str]]:
        """Every queue by its name, the main one first."""
        main = {
            "queue_url": self.queue_url,
            "queue_arn": self.queue_arn,
            "dead_letter_queue_url": self.dead_letter_queue_url,
            "dead_letter_queue_arn": self.dead_letter_queue_arn,
        }
        return {"main": main, **self.other_queues}


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
