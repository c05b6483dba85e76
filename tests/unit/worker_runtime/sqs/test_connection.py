"""The kept connection against servers that behave, and that do not."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.scripted_server import (
    LARGE,
    OK,
    Tls,
    answering,
    exchange,
    hang_up_on_the_next_request,
    in_chunks,
    in_fragments,
    own_certificate,
    server,
    sized,
)
from worker_runtime.sqs.connection import Interrupted, StaleConnection
from worker_runtime.sqs.http_answer import Answer, BrokenAnswer


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return own_certificate(tmp_path_factory.mktemp("tls"))


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


def test_kept_connection_that_the_server_closes_at_a_request_is_stale_and_then_opened_anew() -> None:
    with server(hang_up_on_the_next_request, answering(OK)) as connection:
        assert exchange(connection).status == 200
        with pytest.raises(StaleConnection):
            exchange(connection)
        assert exchange(connection).status == 200


TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("stray", [b"", TIMED_OUT, OK, b"\x00"], ids=["closed", "408", "200", "a byte"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_what_comes_on_an_idle_connection_is_nobodys_answer(tls: Tls, stray: bytes, secure: bool) -> None:
    came = threading.Event()

    def answer_unasked(client: socket.socket) -> None:
        answering(OK)(client)
        if stray:
            client.sendall(stray)
        else:
            socket.socket.shutdown(client, socket.SHUT_WR)
        came.set()
        with suppress(OSError):
            assert client.recv(65_536) == b""

    own = sized(b'{"mine":1}')
    with server(answer_unasked, answering(own), tls=tls if secure else None) as connection:
        assert exchange(connection).status == 200
        assert came.wait(10)
        assert exchange(connection).body == b'{"mine":1}'


def test_what_tls_says_to_itself_on_an_idle_connection_is_no_answer(tmp_path: Path) -> None:
    """A request for a certificate; a new key would do as well."""
    tls = own_certificate(tmp_path)
    tls.client.post_handshake_auth = True
    tls.server.verify_mode = ssl.CERT_OPTIONAL
    tls.server.load_verify_locations(tmp_path / "own.pem")
    came = threading.Event()

    def talk_tls_between(client: socket.socket) -> None:
        assert isinstance(client, ssl.SSLSocket)
        answering(OK)(client)
        client.verify_client_post_handshake()
        client.do_handshake()
        came.set()
        answering(OK)(client)

    with server(talk_tls_between, tls=tls) as connection:
        assert exchange(connection).status == 200
        assert came.wait(10)
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
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1zz\r\n{\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 5_000 + b"\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n{}",
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
def test_kept_tls_connection_that_the_server_closes_at_a_request_is_stale(tls: Tls, politely: bool) -> None:
    def answer_and_close(client: socket.socket) -> None:
        hang_up_on_the_next_request(client)
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


def test_descriptor_that_a_handler_has_closed_costs_a_new_connection() -> None:
    with server(answering(OK), answering(OK)) as connection:
        exchange(connection)
        kept = connection._socket
        assert kept is not None
        os.close(kept._socket.fileno())
        assert exchange(connection).status == 200
