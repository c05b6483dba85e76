"""The kept connection against servers that behave, and that do not."""

from __future__ import annotations

import random
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import pytest

from worker_runtime.sqs.connection import Answer, BrokenAnswer, Connection, Interrupted, StaleConnection

OK = b"HTTP/1.1 200 OK\r\nX-Id: a:b\r\nContent-Length: 2\r\n\r\n{}"
CHANCE = random.Random(1)  # noqa: S311 - no secret
LARGE = CHANCE.randbytes(3_000_000)
Script = Callable[[socket.socket], None]


class Tls(NamedTuple):
    """A server with a certificate of its own, and a client that trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    directory = tmp_path_factory.mktemp("tls")
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


def test_one_connection_serves_many_requests() -> None:
    with server(answering(OK, OK, OK)) as connection:
        answers = [exchange(connection) for _ in range(3)]
    assert answers == [Answer(200, {"x-id": "a:b", "content-length": "2"}, b"{}")] * 3


def test_answer_in_chunks() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'5;name=value\r\n{"a":\r\n2\r\n1}\r\n0\r\nTrailer: x\r\n\r\n'
    )
    with server(answering(chunked, OK)) as connection:
        assert exchange(connection).body == b'{"a":1}'
        assert exchange(connection).body == b"{}"


@pytest.mark.parametrize("start", [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n"])
def test_server_that_does_not_keep_connections(start: bytes) -> None:
    answer = start + b"Content-Length: 2\r\n\r\n{}"
    with server(answering(answer), answering(answer)) as connection:
        assert exchange(connection).body == b"{}"
        assert exchange(connection).body == b"{}"


def test_kept_connection_that_the_server_closed_is_stale_and_then_opened_anew() -> None:
    with server(answering(OK), answering(OK)) as connection:
        assert exchange(connection).status == 200
        with pytest.raises(StaleConnection):
            exchange(connection)
        assert exchange(connection).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SMTP ready\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nnot a header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
)
def test_broken_answer_is_an_error_and_the_next_request_works(answer: bytes) -> None:
    with server(answering(answer), answering(OK)) as connection:
        with pytest.raises(BrokenAnswer):
            exchange(connection)
        assert exchange(connection).status == 200


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 12_000, "more than 65536 bytes of headers"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000, "a line of more than 65536 bytes"),
    ],
)
def test_head_and_line_without_end_are_refused_while_the_server_goes_on(start: bytes, reason: str) -> None:
    def begin(client: socket.socket) -> None:
        answering(start)(client)
        with suppress(ConnectionError):
            assert client.recv(65_536) == b""

    with server(begin, answering(OK)) as connection:
        with pytest.raises(BrokenAnswer, match=reason):
            exchange(connection)
        assert exchange(connection).status == 200


def test_silence_ends_in_a_timeout() -> None:
    quiet = threading.Event()

    def silent(_: socket.socket) -> None:
        quiet.wait(10)

    with server(silent) as connection:
        with pytest.raises(TimeoutError):
            connection.exchange(b"x", 0.1)
        quiet.set()


def test_after_the_end_of_sending_an_answer_still_arrives() -> None:
    def answer_after_the_end(client: socket.socket) -> None:
        client.recv(65_536)
        arrived.set()
        assert client.recv(65_536) == b""
        client.sendall(OK)

    arrived = threading.Event()
    answers: list[Answer] = []
    with server(answer_after_the_end) as connection:
        thread = threading.Thread(target=lambda: answers.append(exchange(connection)))
        thread.start()
        assert arrived.wait(10)
        connection.end_sending()
        thread.join(10)
    assert answers[0].status == 200


def test_kept_connection_that_the_server_closes_after_the_end_of_sending_is_not_stale() -> None:
    def close_after_the_end(client: socket.socket) -> None:
        answering(OK)(client)
        client.recv(65_536)
        connection.end_sending()
        assert client.recv(65_536) == b""

    with server(close_after_the_end, answering(OK)) as connection:
        assert exchange(connection).status == 200
        with pytest.raises(Interrupted):
            exchange(connection)
        assert exchange(connection).status == 200


def test_end_of_sending_before_there_is_a_connection_keeps_the_request_back() -> None:
    def expect_nothing(client: socket.socket) -> None:
        assert client.recv(65_536) == b""

    with server(expect_nothing, answering(OK)) as connection:
        connection.end_sending()
        with pytest.raises(Interrupted):
            exchange(connection)
        assert exchange(connection).status == 200


def test_connection_whose_sending_ended_is_not_kept() -> None:
    def answer_after_the_end(client: socket.socket) -> None:
        client.recv(65_536)
        connection.end_sending()
        client.sendall(OK)

    with server(answer_after_the_end, answering(OK)) as connection:
        assert exchange(connection).status == 200
        assert exchange(connection).status == 200


def test_answers_over_tls_in_pieces_of_any_size(tls: Tls) -> None:
    answers = [sized(LARGE), in_chunks(LARGE), sized(b""), in_chunks(b""), OK]
    with server(in_fragments(*answers), tls=tls) as connection:
        bodies = [exchange(connection).body for _ in answers]
    assert bodies == [LARGE, LARGE, b"", b"", b"{}"]


@pytest.mark.parametrize("politely", [True, False])
def test_kept_tls_connection_that_the_server_closed_is_stale(tls: Tls, politely: bool) -> None:
    def answer_and_close(client: socket.socket) -> None:
        answering(OK)(client)
        if politely:
            assert isinstance(client, ssl.SSLSocket)
            with suppress(OSError):  # the client does not answer the good-bye
                client.unwrap()

    with server(answer_and_close, answering(OK), tls=tls) as connection:
        assert exchange(connection).status == 200
        with pytest.raises(StaleConnection):
            exchange(connection)
        assert exchange(connection).status == 200


def test_after_the_end_of_sending_an_answer_still_arrives_over_tls(tls: Tls) -> None:
    def answer_after_the_end(client: socket.socket) -> None:
        client.recv(65_536)
        connection.end_sending()
        client.sendall(sized(LARGE))

    with server(answer_after_the_end, answering(OK), tls=tls) as connection:
        assert exchange(connection).body == LARGE
        assert exchange(connection).status == 200


def test_tls_server_that_takes_the_end_of_sending_for_an_attack_is_not_asked_again(tls: Tls) -> None:
    def look_for_the_end(client: socket.socket) -> None:
        answering(OK)(client)
        client.recv(65_536)
        connection.end_sending()
        client.recv(65_536)  # OpenSSL sends an alert: there was no good-bye

    with server(look_for_the_end, answering(OK), tls=tls) as connection:
        assert exchange(connection).status == 200
        with pytest.raises(OSError) as caught:  # noqa: PT011 - an alert, or Interrupted where it is lost
            exchange(connection)
        assert not isinstance(caught.value, StaleConnection)
        assert exchange(connection).status == 200
