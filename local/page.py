"""The page of a running box: the components' own, opened for everything in the box."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.box import Box
from local.box_state import box_directory
from local.errors import BoxError
from worker_ops.console.web.console import Console
from worker_ops.console.web.server import ConsoleServer
from worker_ops.errors import OpsError
from worker_ops.messages.reading import read_messages
from worker_ops.places.box import box_place

#: Beside Pulumi.yaml: what the page's form offers to publish, a message a line.
_SAMPLES = "samples.jsonl"
_TOKEN = "page-token"  # noqa: S105 - a file's name
_TOKEN_BYTES = 32
_PORT_MOST = 65_535


def read_samples(root: Path) -> list[str]:
    """The program's samples; none where it has no such file. Raises BoxError for what cannot be published."""
    path = root / _SAMPLES
    try:
        return read_messages(None, path) if path.exists() else []
    except OpsError as error:
        raise BoxError(f"the page's samples: {error}") from None


@dataclass(frozen=True)
class Page:
    """The page that is served."""

    address: str
    """To open it."""
    _console: Console
    _root: Path

    def look_again(self) -> None:
        """Show the services that the box has saved by now, too."""
        self._console.show(box_place(self._root).services)


@contextmanager
def open_page(box: Box, samples: list[str], port: int) -> Iterator[Page]:
    """Serve the page meanwhile.

    It has the port after the box's `port`, or any free one where that is 0, the last one or taken.
    """
    root = box.program.root
    place = box_place(root)
    directory = box_directory(root)
    console = Console(place, [*place.services], can_write=True, samples=samples, save_directory=directory / "purged")
    with _server(console, port + 1 if 0 < port < _PORT_MOST else 0, _token(directory)) as server:
        yield Page(server.address, console, root)


def _server(console: Console, port: int, token: str) -> ConsoleServer:
    try:
        return ConsoleServer(console, port, token)
    except OpsError:
        return ConsoleServer(console, 0, token)


def _token(directory: Path) -> str:
    """The program's own, the same each time: a page that is open goes on when the box is started again."""
    path = directory / _TOKEN
    token = path.read_text() if path.exists() else ""
    # Half a file, as a full disk leaves it, is no secret.
    if len(token) < _TOKEN_BYTES:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        path.touch(mode=0o600)
        path.write_text(token)
    return token
