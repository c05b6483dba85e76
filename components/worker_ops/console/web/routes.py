"""What the page asks for, and is told as it happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from worker_ops.console.web.asked import read_asked
from worker_ops.console.web.console import Console
from worker_ops.console.web.watch import Watch
from worker_ops.console.web.work import Work
from worker_ops.errors import OpsError
from worker_ops.places.place import Service

_LOOK_SECONDS = 0.1
_EVENTS = "text/event-stream"


@dataclass(frozen=True)
class Asked:
    """What somebody asks to be done."""

    service: Service
    queue_name: str | None
    body: dict[str, Any]


def routes(console: Console) -> list[Route]:
    """The routes of what only shows."""
    watches = console.watches

    def about(_request: Request) -> Response:
        """What the page is for: it asks this first."""
        return JSONResponse(
            {
                "place": console.place.title,
                "can_write": console.can_write,
                "samples": list(console.samples),
                "services": [
                    {"name": service.name, "queues": [queue.name for queue in service.queues]}
                    for service in console.services
                ],
            }
        )

    async def events(request: Request) -> Response:
        """Server-sent events: how the service is, whenever it was looked at."""
        watch = watches.get(request.path_params["service"])
        if watch is None:
            return _unknown("service")
        return StreamingResponse(_seen(watch, console.stopping.is_set), media_type=_EVENTS)

    def story(request: Request) -> Response:
        """What happened to a message."""
        watch = watches.get(request.path_params["service"])
        found = watch.look.activity.story(request.path_params["message_id"]) if watch else None
        # Not JSONResponse, which fails for half a character: JSON's own escapes carry it.
        return Response(json.dumps(found), media_type="application/json") if found else _unknown("message")

    return [
        Route("/api/about", about),
        Route("/api/services/{service}/events", events),
        Route("/api/services/{service}/messages/{message_id:path}", story),
    ]


def doing(
    console: Console, do: Callable[[Asked], Work | dict[str, Any]], *, writes: bool
) -> Callable[[Request], Awaitable[Response]]:
    """Answer with the result of `do`, or with what the work that it began tells meanwhile.

    Where it may not be, or is asked wrongly, the answer says why not.
    """

    async def answer(request: Request) -> Response:
        if writes and not console.can_write:
            return _problem(403, "the page only shows: open it with --write to change something")
        service = next((one for one in console.services if one.name == request.path_params["service"]), None)
        if service is None:
            return _unknown("service")
        try:
            asked = Asked(service, request.path_params.get("queue"), await read_asked(request))
            begun = await run_in_threadpool(do, asked)
        except OpsError as error:
            return _problem(400, *str(error).splitlines())
        except ClientError as error:
            return _problem(400, str(error))
        if isinstance(begun, Work):
            return StreamingResponse(begun.events(), media_type=_EVENTS)
        return JSONResponse(begun)

    return answer


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
    return _problem(404, f"there is no such {what}")


def _problem(status: int, *texts: str) -> Response:
    # Half a character may be in what was asked: not JSONResponse, as above.
    told = json.dumps({"problems": list(texts)}, separators=(",", ":"))
    return Response(told, status, media_type="application/json")
