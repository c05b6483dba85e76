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
    services: Sequence[Service]
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
        return {service.name: Watch(Look(self.place, service)) for service in self.services}
