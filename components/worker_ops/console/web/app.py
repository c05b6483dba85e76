"""The page as an application: its files, what it asks for, and the guard before both."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from worker_ops.console.web.console import Console
from worker_ops.console.web.guard import Guard
from worker_ops.console.web.letter_routes import letter_routes
from worker_ops.console.web.publish_route import publish_route
from worker_ops.console.web.routes import routes

_STATIC = Path(__file__).parents[1] / "static"


def console_app(console: Console, token: str) -> Starlette:
    """The application, for whoever has the token."""
    return Starlette(
        routes=[
            *routes(console),
            *letter_routes(console),
            publish_route(console),
            Mount("/", StaticFiles(directory=_STATIC, html=True)),
        ],
        middleware=[Middleware(Guard, token=token)],
    )
