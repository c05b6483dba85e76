"""What the page asks for, and is told as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from worker_ops.console.web.console import Console
from worker_ops.console.web.watch import Watch

_LOOK_SECONDS = 0.1


def routes(console: Console) -> list[Route]:
    """The routes of what only shows."""

    def about(_request: Request) -> Response:
        """What the page is for: it asks this first."""
        return JSONResponse(
            {
                "place": console.place.title,
                "can_write": console.can_write,
                "services": [
                    {"name": service.name, "queues": [queue.name for queue in service.queues]}
                    for service in console.services
                ],
            }
        )

    async def events(request: Request) -> Response:
        """Server-sent events: how the service is, whenever it was looked at."""
        watch = console.watches.get(request.path_params["service"])
        if watch is None:
            return _unknown("service")
        return StreamingResponse(_seen(watch, console.stopping.is_set), media_type="text/event-stream")

    def story(request: Request) -> Response:
        """What happened to a message."""
        watch = console.watches.get(request.path_params["service"])
        found = watch.look.activity.story(request.path_params["message_id"]) if watch else None
        return JSONResponse(found) if found else _unknown("message")

    return [
        Route("/api/about", about),
        Route("/api/services/{service}/events", events),
        Route("/api/services/{service}/messages/{message_id}", story),
    ]


async def _seen(watch: Watch, is_stopping: Callable[[], bool]) -> AsyncIterator[str]:
    """Each look once, until the reader goes or the server ends."""
    told = 0
    with watch.watched():
        while not is_stopping():
            number, document = watch.seen
            if number != told:
                told = number
                yield f"data: {document}\n\n"
            await asyncio.sleep(_LOOK_SECONDS)


def _unknown(what: str) -> Response:
    return JSONResponse({"problems": [f"there is no such {what}"]}, 404)
