"""A server that follows a script for each connection, and a client of the worker's on it."""

from __future__ import annotations

import random
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from worker_runtime.sqs.connection import Connection
from worker_runtime.sqs.http_answer import Answer

OK = b"HTTP/1.1 200 OK\r\nX-Id: a:b\r\nContent-Length: 2\r\n\r\n{}"
CHANCE = random.Random(1)  # noqa: S311 - no secret
LARGE = CHANCE.randbytes(3_000_000)
Script = Callable[[socket.socket], None]


class Tls(NamedTuple):
    """A server with a certificate of its own, and a client that trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def own_certificate(directory: Path) -> Tls:
    """A certificate for 127.0.0.1, signed by itself: `own.pem`, with its key in `key.pem`."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out own.pem"
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1"], cwd=directory, check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "own.pem", directory / "key.pem")
    return Tls(context, ssl.create_default_context(cafile=directory / "own.pem"))


@contextmanager
def server(*scripts: Script, tls: Tls | None = None) -> Iterator[Connection]:
    """Run one script for each connection that arrives, and yield a client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, scripts, tls), daemon=True)
        thread.start()
        connection = Connection("127.0.0.1", listener.getsockname()[1], tls and tls.client, 5)
        try:
            yield connection
        finally:
            connection.close()
            thread.join(10)
            assert not thread.is_alive()


def _serve(listener: socket.socket, scripts: tuple[Script, ...], tls: Tls | None) -> None:
    for script in scripts:
        client, _ = listener.accept()
        with tls.server.wrap_socket(client, server_side=True) if tls else client as connected:
            script(connected)


def answering(*answers: bytes) -> Script:
    def run(client: socket.socket) -> None:
        for answer in answers:
            client.recv(65_536)
            client.sendall(answer)

    return run


def in_fragments(*answers: bytes) -> Script:
    """Answer in pieces of random sizes, the first of them small: the head comes in several."""

    def run(client: socket.socket) -> None:
        for answer in answers:
            client.recv(65_536)
            start = 0
            while start < len(answer):
                size = CHANCE.choice([1, 2, 7] if start < 100 else [1_000, 16_384, 90_000])
                client.sendall(answer[start : start + size])
                start += size

    return run


def sized(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def in_chunks(body: bytes) -> bytes:
    answer = bytearray(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    start = 0
    while chunk := body[start : start + CHANCE.choice([1, 10, 5_000, 70_000, 200_000])]:
        answer += b"%x\r\n%b\r\n" % (len(chunk), chunk)
        start += len(chunk)
    return bytes(answer + b"0\r\n\r\n")


def exchange(connection: Connection) -> Answer:
    return connection.exchange(b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n", 10)


def hang_up_on_the_next_request(client: socket.socket) -> None:
    answering(OK)(client)
    client.recv(65_536)


def trickling(answer: bytes) -> Script:
    """Answer at a byte each twentieth of a second, for as long as somebody reads."""

    def run(client: socket.socket) -> None:
        client.recv(65_536)
        with suppress(OSError):
            for place in range(len(answer)):
                client.sendall(answer[place : place + 1])
                time.sleep(0.05)

    return run
