"""What a browser that reads slowly costs the page's server: it is told the newest look, not all that it missed."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.support.emulator import wait_until
from tests.support.told_place import SERVICE, account, place
from worker_ops.console.web import routes
from worker_ops.console.web.console import Console
from worker_ops.console.web.server import ConsoleServer

TOKEN = "t" * 43
LOOKS = 100
#: Far more than the system holds of a connection for a reader that does not read.
LOOK_BYTES = 2_000_000
ASKED = (
    f"GET /api/services/orders/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
).encode()


class LargeLook:
    """Looks that follow each other at once, each with its number."""

    def __init__(self) -> None:
        self.every_seconds = 0.001
        self.looked = 0

    def document(self) -> dict[str, object]:
        self.looked += 1
        return {"number": self.looked, "text": "x" * LOOK_BYTES}


def test_a_reader_that_does_not_read_holds_few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_LOOK_SECONDS", 0.001)
    console = Console(place(account()), [SERVICE], can_write=False)
    look = console.watches["orders"].look = LargeLook()  # type: ignore[assignment]

    with ConsoleServer(console, 0, TOKEN) as server, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        reader.connect(("127.0.0.1", urlsplit(server.address).port))
        reader.sendall(ASKED)
        assert wait_until(lambda: look.looked >= LOOKS)

        told = []
        with reader.makefile("rb") as answer:
            while not told or told[-1] < LOOKS:
                line = answer.readline()
                if line.startswith(b"data: "):
                    told.append(json.loads(line.removeprefix(b"data: "))["number"])

    # Some lie in the system's buffers, and one in the server.
    assert len(told) < LOOKS // 4
