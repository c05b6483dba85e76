"""moto's DynamoDB in a process of its own.

It makes one call at a time, so that conditional writes are atomic, as DynamoDB's are: moto's own server does not keep
that promise. Each connection has a thread all the same, or one that is open and asks nothing keeps all others waiting.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


@contextmanager
def dynamodb_server() -> Iterator[str]:
    """Serve, and yield the URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


def _in_turn(serve: WSGIApplication) -> WSGIApplication:
    """Have calls take turns, however many come at once."""
    turn = threading.Lock()

    def serve_in_turn(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with turn:
            return serve(environ, start_response)

    return serve_in_turn


def _serve() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, _in_turn(DomainDispatcherApplication(create_backend_app)), threaded=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()  # to its end: that of the tests' process


if __name__ == "__main__":
    _serve()
