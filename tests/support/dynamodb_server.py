"""moto's DynamoDB in a process of its own.

It makes one call at a time, so that conditional writes are atomic, as DynamoDB's are: moto's own server does not keep
that promise. Each connection has a thread all the same, or one that is open and asks nothing keeps all others waiting.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from local.emulator.http.in_turn import in_turn


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


def _serve() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, in_turn(DomainDispatcherApplication(create_backend_app)), threaded=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()  # to its end: that of the tests' process


if __name__ == "__main__":
    _serve()
