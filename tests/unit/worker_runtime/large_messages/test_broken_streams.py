"""Large bodies from an S3 that breaks off, or that has more than fits into memory."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from worker_runtime import Message, aws_clients
from worker_runtime.handler import Handler
from worker_runtime.handling.large_bodies import large_bodies
from worker_runtime.large_messages.setting import LargeMessages
from worker_runtime.large_messages.stored_body import StoredBody

BUCKET = "orders-large-messages-1a2b3c4"
MEBIBYTE = 1_048_576
LARGE_BYTES = 256 * MEBIBYTE


class _Handler(BaseHTTPRequestHandler):
    """`half` says more than it sends, `none` sends nothing of it, `large` has much."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        key = self.path.rpartition("/")[2]
        said_bytes, sent_bytes = {"half": (200_000, 100_000), "none": (10, 0), "large": (LARGE_BYTES, LARGE_BYTES)}[key]
        self.send_response(200)
        self.send_header("Content-Length", str(said_bytes))
        self.end_headers()
        while sent_bytes:
            size = min(sent_bytes, MEBIBYTE)
            self.wfile.write(bytes(size))
            sent_bytes -= size
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Nobody asked."""


@pytest.fixture(autouse=True)
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    environment = {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "QUEUE_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.server_port}",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws_clients, "_clients", {})
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def handled(function: Callable[[Message], Any], key: str) -> Any:
    handler = Handler.of(function).within(large_bodies(LargeMessages(BUCKET, delete=False)))
    return handler.function(Message(StoredBody(BUCKET, key).pointer, id=key))


def read_by_lines(message: Message) -> int:
    with message.open() as stream:
        return sum(1 for _ in stream)


def read_by_parts(message: Message) -> int:
    total_bytes = 0
    with message.open() as stream:
        while part := stream.read(MEBIBYTE):
            total_bytes += len(part)
    return total_bytes


@pytest.mark.parametrize("key", ["half", "none"])
@pytest.mark.parametrize("read", [lambda message: len(message.body), read_by_lines, read_by_parts])
def test_a_body_that_breaks_off_fails_the_message(read: Callable[[Message], Any], key: str) -> None:
    with pytest.raises(Exception, match="total bytes expected"):
        handled(read, key)


def test_what_is_streamed_does_not_enter_memory() -> None:
    aws_clients.aws_client("s3")  # loaded before
    tracemalloc.start()
    try:
        assert handled(read_by_parts, "large") == LARGE_BYTES
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10 * MEBIBYTE
