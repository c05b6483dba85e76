"""Long polls of boto3 that are ended without losing what they bring."""

from __future__ import annotations

import json
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from tests.support.scripted_server import Tls, own_certificate
from worker_runtime.errors import QueueError
from worker_runtime.sqs.boto_transport import BotoTransport

BODY = json.dumps({"Messages": [{"MessageId": "1", "ReceiptHandle": "h", "Body": "late"}]}).encode()
LATE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
WAIT_SECONDS = 10


@contextmanager
def transport(
    monkeypatch: pytest.MonkeyPatch, tls: Tls | None, directory: Path, *scripts: Callable[[socket.socket], None]
) -> Iterator[BotoTransport]:
    """boto3's way to a server that runs one script for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for script in scripts:
                accepted, _ = listener.accept()
                with tls.server.wrap_socket(accepted, server_side=True) if tls else accepted as client:
                    script(client)

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        scheme = "https" if tls else "http"
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        if tls:
            monkeypatch.setenv("AWS_CA_BUNDLE", str(directory / "own.pem"))
        session = get_session()
        session.set_credentials("key", "secret")
        yield BotoTransport(session, "eu-west-1")
        server.join(WAIT_SECONDS)
        assert not server.is_alive()


def read_request(client: socket.socket) -> None:
    """Read one request whole; botocore sends its head and its body one after the other."""
    with client.makefile("rb") as file:
        head = b"".join(iter(file.readline, b"\r\n"))
        [length] = re.findall(rb"(?i)content-length: *(\d+)", head)
        file.read(int(length))


def in_thread(call: Callable[[], Any]) -> Callable[[], Any]:
    """Begin a call; the function that comes back waits for what it returned or raised."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(call())
        except QueueError as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def wait() -> Any:
        thread.join(WAIT_SECONDS)
        return ended[0]

    return wait


def receive(polling: BotoTransport) -> dict[str, Any]:
    return polling.call("ReceiveMessage", {"QueueUrl": "http://queue", "WaitTimeSeconds": 20}, 25)


@pytest.fixture(params=["plain", "tls"])
def tls(request: pytest.FixtureRequest, tmp_path: Path) -> Tls | None:
    return own_certificate(tmp_path) if request.param == "tls" else None


def test_what_is_on_its_way_when_the_poll_is_ended_arrives(
    tls: Tls | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def answer_after_the_end(client: socket.socket) -> None:
        read_request(client)
        asked.set()
        assert select.select([client], [], [], WAIT_SECONDS)[0]  # the end is there, and SQS has not looked yet
        client.sendall(LATE)

    with transport(monkeypatch, tls, tmp_path, answer_after_the_end) as polling:
        answer = in_thread(lambda: receive(polling))
        assert asked.wait(WAIT_SECONDS)
        polling.interrupt()
        assert [message["Body"] for message in answer()["Messages"]] == ["late"]


def test_a_poll_that_was_ended_is_not_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def close_after_the_end(client: socket.socket) -> None:
        read_request(client)
        asked.set()
        client.recv(65_536)

    with transport(monkeypatch, None, tmp_path, close_after_the_end) as polling:
        answer = in_thread(lambda: receive(polling))
        assert asked.wait(WAIT_SECONDS)
        polling.interrupt()
        assert isinstance(answer(), QueueError)


def test_other_calls_go_on_after_the_end_of_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(client: socket.socket) -> None:
        read_request(client)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with transport(monkeypatch, None, tmp_path, answer) as polling:
        polling.interrupt()
        assert polling.call("DeleteMessage", {"QueueUrl": "http://queue", "ReceiptHandle": "h"}, 5)
