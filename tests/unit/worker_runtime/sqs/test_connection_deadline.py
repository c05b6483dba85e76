"""Every exchange ends by the clock, whatever the server does."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack

import pytest

from tests.support.scripted_server import (
    OK,
    Tls,
    answering,
    exchange,
    in_chunks,
    own_certificate,
    server,
    sized,
    trickling,
)
from worker_runtime.sqs.connection import Connection


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return own_certificate(tmp_path_factory.mktemp("tls"))


def test_silence_ends_in_a_timeout() -> None:
    quiet = threading.Event()

    def silent(_: socket.socket) -> None:
        quiet.wait(10)

    with server(silent) as connection:
        with pytest.raises(TimeoutError):
            connection.exchange(b"x", 0.1)
        quiet.set()


def test_a_name_server_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: answers.wait(60))

    with pytest.raises(TimeoutError):
        Connection("sqs.invalid", 80, None, 0.1).exchange(b"x", 5)
    answers.set()


def test_a_name_that_no_server_knows_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    with pytest.raises(socket.gaierror):
        Connection("sqs.invalid", 80, None, 5).exchange(b"x", 5)


@pytest.mark.parametrize("answer", [OK, sized(b"x" * 100), in_chunks(b"x" * 100)], ids=["head", "body", "chunks"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_answer_that_trickles_ends_by_the_clock(tls: Tls, answer: bytes, secure: bool) -> None:
    with server(trickling(answer), answering(OK), tls=tls if secure else None) as connection:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.exchange(b"x", 0.4)
        assert time.monotonic() - started < 2
        assert exchange(connection).status == 200


def test_request_that_nobody_reads_ends_by_the_clock() -> None:
    given_up = threading.Event()

    def read_nothing(_: socket.socket) -> None:
        given_up.wait(10)

    with server(read_nothing) as connection:
        with pytest.raises(TimeoutError):
            connection.exchange(b"x" * 50_000_000, 0.3)
        given_up.set()


def test_handshake_that_trickles_ends_by_the_clock(tls: Tls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: trickling(b"\x16\x03\x03\x40\x00" + b"x" * 90)(listener.accept()[0]))
        thread.start()
        connection = Connection("127.0.0.1", listener.getsockname()[1], tls.client, 0.3)
        with pytest.raises(TimeoutError):
            connection.exchange(b"x", 10)
        thread.join(10)


def test_each_address_of_a_host_has_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one takes no more connections than wait there already."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_server(("127.0.0.1", 0)) as working,
        ExitStack() as waiting,
    ):
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        with pytest.raises(TimeoutError):
            exchange(Connection("queue.test", 80, None, 0.2))
        addresses.append((socket.AF_INET, socket.SOCK_STREAM, 6, "", working.getsockname()))
        thread = threading.Thread(target=lambda: answering(OK)(working.accept()[0]))
        thread.start()
        connection = Connection("queue.test", 80, None, 0.4)
        assert exchange(connection).status == 200
        connection.close()
        thread.join(10)
