"""What runs handlers: threads for plain ones, an event loop for async ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from worker_runtime.in_flight.held import Held
from worker_runtime.runners.inline_calls import Replace
from worker_runtime.runners.lanes import Lanes
from worker_runtime.settings import Settings


class Runner(Protocol):
    """Takes messages from the lanes, calls their handlers, and settles them."""

    def start(self, lanes: Lanes) -> None:
        """Start taking messages."""
        ...

    def call_in_place(self, function: Callable[[], Any]) -> Any:
        """Call a function, perhaps a coroutine function, where handlers run; returns or raises what it does."""
        ...

    def wake(self) -> None:
        """Messages are ready."""
        ...

    def join(self, most: int, replace: Replace) -> bool:
        """Handle up to `most` messages in the calling thread, a receiver's, where that is best. Tells whether it still
        has its place among the receivers: not where it was kept, and `replace` has brought in another."""
        ...

    def running(self) -> list[Held]:
        """Messages whose handlers run."""
        ...

    def tick(self) -> None:
        """Called each second: look after handlers that run too long."""
        ...

    def problem(self) -> str | None:
        """What keeps handlers from running, or None."""
        ...

    def close(self) -> None:
        """Start nothing more."""
        ...


def make_runner(settings: Settings, *, is_async: bool) -> Runner:
    """Choose the runner that the handlers need."""
    if not is_async:
        from worker_runtime.runners.thread_runner import ThreadRunner  # noqa: PLC0415

        return ThreadRunner(settings.concurrency, settings.handler_timeout_seconds)
    # asyncio takes a while to import, and most handlers are plain.
    from worker_runtime.runners.event_loop_runner import EventLoopRunner  # noqa: PLC0415

    return EventLoopRunner(settings.concurrency, settings.handler_timeout_seconds)
