"""A service whose calls take turns, however many come at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def in_turn(serve: WSGIApplication) -> WSGIApplication:
    """For moto's DynamoDB: a transaction of its that fails puts whole tables back, with what others wrote meanwhile."""
    turn = threading.Lock()

    def serve_in_turn(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with turn:
            return serve(environ, start_response)

    return serve_in_turn
