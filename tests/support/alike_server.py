"""A server that answers every call alike, and both of the worker's transports on it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.scripted_server import Tls
from tests.support.worker_queue import REGION
from worker_runtime.errors import QueueError
from worker_runtime.sqs.open_transport import open_transport
from worker_runtime.sqs.queue import Queue
from worker_runtime.sqs.transport import Transport

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
COMPARED = ("host", "x-amz-target", "content-type", "x-amz-security-token")
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}


class _Http(ThreadingHTTPServer):
    address_family = socket.AF_INET
    answer: bytes = b"{}"
    seen: list[tuple[str, str, dict[str, str], Any]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Note the request, and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers, json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Nobody asked."""


@dataclass
class Server:
    """Answers every call alike, and keeps what it was asked."""

    port: int
    http: _Http = field(repr=False)

    def answer(self, body: bytes) -> None:
        """Answer with this from now on."""
        self.http.answer = body

    def asked(self) -> list[dict[str, Any]]:
        """What came since the last time, as far as both transports have to agree."""
        seen, self.http.seen = self.http.seen, []
        return [
            {
                "line": (method, path),
                "body": body,
                "scope": headers["authorization"].partition("Credential=")[2].partition(",")[0],
                **{name: headers.get(name) for name in COMPARED},
            }
            for method, path, headers, body in seen
        ]


def serve_alike(tls: Tls | None = None) -> Iterator[Server]:
    """Serve on a loopback port."""
    http = _Http(("127.0.0.1", 0), _Handler)
    http.seen = []
    if tls:
        http.socket = tls.server.wrap_socket(http.socket, server_side=True)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield Server(http.server_port, http)
    http.shutdown()
    thread.join()
    http.server_close()


def opened() -> list[Transport]:
    """The wire and boto3, as the environment wants them."""
    return [open_transport(name, REGION) for name in ("wire", "boto3")]


def both(use: Callable[[Transport], Any], transports: list[Transport]) -> list[Any]:
    """What a use gives on each transport; of an error, whether it may pass."""

    def outcome(transport: Transport) -> Any:
        try:
            return use(transport)
        except QueueError as error:
            return f"a QueueError, retry={error.retry}"

    return [outcome(transport) for transport in transports]


def receive(transport: Transport) -> Any:
    """What a receive brings."""
    return Queue(QUEUE, transport).receive(10, 0, 30)
