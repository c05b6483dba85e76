"""What the page is opened for: a place, some of its services, and what may be done to them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from worker_ops.console.model.look import Look
from worker_ops.console.web.watch import Watch
from worker_ops.console.web.work import Works
from worker_ops.places.place import Place, Service


@dataclass(frozen=True)
class Console:
    """The page's own settings and state."""

    place: Place
    services: list[Service]
    can_write: bool
    """Whether it may publish, and work on dead letters."""
    samples: Sequence[str] = ()
    """Messages that the form to publish offers."""
    save_directory: Path = Path()
    """Where letters are saved before they are deleted."""
    works: Works = field(default_factory=Works)
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the server ends: whoever watches is let go."""

    @cached_property
    def watches(self) -> dict[str, Watch]:
        """A watch for each service, by its name."""
        return {service.name: self._watch(service) for service in self.services}

    def show(self, services: Sequence[Service]) -> None:
        """Show these from now on, some of which may have come later. A page that is open has them when it is loaded."""
        self.watches.update(
            {service.name: self._watch(service) for service in services if service not in self.services}
        )
        self.services[:] = services

    def _watch(self, service: Service) -> Watch:
        return Watch(Look(self.place, service))
