"""A place: an account, and the worker services in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker_ops.account import Account
from worker_ops.errors import OpsError


@dataclass(frozen=True)
class WorkQueue:
    """A queue of a worker service."""

    name: str
    """As the service's inputs call it: main, where it has one alone."""
    url: str
    dead_letter_queue_url: str | None


@dataclass(frozen=True)
class Service:
    """A worker service, as far as the place knows it."""

    name: str
    queues: tuple[WorkQueue, ...]
    topic_arn: str | None = None
    cluster_arn: str | None = None
    ecs_service_name: str | None = None
    log_group_name: str | None = None

    def queue(self, name: str | None) -> WorkQueue:
        """The queue of that name; it may be left out where there is one alone. Raises OpsError."""
        names = ", ".join(queue.name for queue in self.queues)
        for queue in self.queues:
            if queue.name == ("main" if name is None else name) or (name is None and len(self.queues) == 1):
                return queue
        raise OpsError(f"--queue-name: {name!r} is not a queue of {self.name}, which has {names}")


@dataclass(frozen=True)
class LocalWorker:
    """A worker of the box, which is a process of this machine."""

    service: str
    number: int
    pid: int | None
    """None while it does not run."""
    folder: Path
    environment: Mapping[str, str]
    last_processed: Mapping[str, str]
    """When it last processed a message, by queue."""


@dataclass(frozen=True)
class Place:
    """Where the commands work."""

    title: str
    account: Account
    services: Sequence[Service]
    log_directory: Path | None = None
    """Where the box keeps its workers' logs; None where they are in CloudWatch."""
    local_workers: Sequence[LocalWorker] | None = None
    """The box's; None where tasks run in ECS."""

    def service(self, name: str | None) -> Service:
        """The service of that name; it may be left out where there is one alone. Raises OpsError."""
        names = ", ".join(service.name for service in self.services)
        if not self.services:
            raise OpsError(f"{self.title} has no worker service")
        if name is None and len(self.services) > 1:
            raise OpsError(f"{self.title} has {len(self.services)} worker services: say which with --service: {names}")
        for service in self.services:
            if name in (None, service.name):
                return service
        raise OpsError(f"--service: {name!r} is not a worker service of {self.title}, which has {names}")
