"""Serves the page on this machine's loopback, from a thread of its own."""

from __future__ import annotations

import secrets
import socket
import threading

import uvicorn

from worker_ops.console.web.app import console_app
from worker_ops.console.web.console import Console
from worker_ops.errors import OpsError

_LOOPBACK = "127.0.0.1"
_TOKEN_BYTES = 32
#: What is being answered when the server ends is given so long.
_GOODBYE_SECONDS = 2


class ConsoleServer:
    """The page's server. Use it in a with statement, which starts and ends it."""

    def __init__(self, console: Console, port: int, token: str | None = None) -> None:
        """`port` 0 takes any free one; without a `token` it is a new one. Raises OpsError where the port is taken."""
        self._console = console
        self._socket = _listening(port)
        self._token = token or secrets.token_urlsafe(_TOKEN_BYTES)
        config = uvicorn.Config(
            console_app(console, self._token),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_GOODBYE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="console", daemon=True
        )

    @property
    def address(self) -> str:
        """What to open. A browser sends what follows # to nobody, keeps it out of its logs, and the page takes it."""
        return f"http://{_LOOPBACK}:{self._socket.getsockname()[1]}/#token={self._token}"

    def __enter__(self) -> ConsoleServer:
        """Serve. Connections wait from the first moment."""
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """End, once what is being answered is answered."""
        self._console.stopping.set()
        self._server.should_exit = True
        self._console.works.end()
        self._thread.join()
        self._socket.close()

    def wait(self) -> None:
        """Return when it ended by itself."""
        self._thread.join()


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_LOOPBACK, port))
    except OSError:
        listener.close()
        raise OpsError(
            f"port {port} is in use by another program: choose another with --port (0: any free one)"
        ) from None
    listener.listen()
    return listener
