"""An unreliable network and an overloaded SQS, between a worker and the emulator.

Requests and answers pass as they are, but for those that `rule` picks a fault for.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """What happens to one call. Without any of these it passes."""

    delay_seconds: float = 0
    """Hold the request back for this long."""
    late_seconds: float = 0
    """Hold the answer back for this long."""
    hold: threading.Event | None = None
    """Hold the answer back until this is set; with a reset `before`, the reset."""
    status: int = 0
    """Answer with this status and `code` instead of SQS."""
    code: str = ""
    message: str = "a fault of the test's"
    reset: str = ""
    """Reset the connection `before` SQS has the request, `after` SQS has done it, or in the `middle` of the
    answer."""
    answer: bytes = b""
    """Answer with this instead of SQS, and hang up."""
    trickle_seconds: float = 0
    """Send SQS's answer at a byte each so many seconds, for as long as somebody reads."""
    stray: bytes = b""
    """Send this after SQS's answer, unasked."""

    def __str__(self) -> str:
        parts = [f"{self.status} {self.code}" if self.status else "", f"reset {self.reset}" if self.reset else ""]
        parts += [f"{self.delay_seconds:g} s delay" if self.delay_seconds else ""]
        parts += [f"{self.late_seconds:g} s late" if self.late_seconds else ""]
        parts += [f"a byte each {self.trickle_seconds:g} s" if self.trickle_seconds else ""]
        parts += [f"the answer {self.answer[:80]!r}" if self.answer else ""]
        parts += [f"unasked {self.stray[:80]!r}" if self.stray else ""]
        parts += ["no answer" if self.hold else ""]
        return ", ".join(filter(None, parts))


#: Answers of SQS: its errors travel as JSON with a status, and the old query protocol's code in a header.
UNAVAILABLE = Fault(status=503, code="ServiceUnavailable")
THROTTLED = Fault(status=400, code="RequestThrottled")
SLOW_DOWN = Fault(status=429, code="ThrottlingException")


def answering(body: bytes) -> Fault:
    """A success of SQS's, with any body."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    return Fault(answer=head.encode() + body)


#: Successes that no call of SQS's has.
ODD_ANSWERS = (
    *(
        answering(body)
        for body in (
            b"",
            b"[]",
            b"null",
            b'"no"',
            b"<html>It works!</html>",
            b'{"Messages": [{"MessageId":',
            b"[" * 200_000,
            b'{"Messages":' + b"[" * 200_000,
            b'{"Messages": 1, "Successful": "01", "Failed": {}}',
            b'{"Messages": [null], "Successful": [null]}',
            b'{"Messages": [{}], "Successful": [{}]}',
            b'{"Messages": [{"MessageId": 7, "ReceiptHandle": "r", "Body": "b"}], "Failed": [{"Id": "0", "Code": 7}]}',
            b'{"Messages": [{"MessageId": "m", "ReceiptHandle": "r"}], "Successful": [{"Id": "no number"}]}',
            b'{"Messages": [{"MessageId": "m", "ReceiptHandle": "r", "Body": "b"}, 1], "Successful": [{"Id": "9"}]}',
        )
    ),
    Fault(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}"),
    Fault(answer=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n{}"),
    Fault(answer=b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
)


#: Ends the name of a call that only asks whether the worker may make such calls.
ASKED = "?"


class Call(NamedTuple):
    """A request, as rules see it."""

    operation: str
    parameters: dict[str, Any]
    headers: dict[str, str]


class Seen(NamedTuple):
    """A request that came, and what was done to it."""

    at: float
    operation: str
    fault: Fault | None


Rule = Callable[[Call], Fault | None]


class _Packet(NamedTuple):
    raw: bytes
    headers: dict[str, str]
    body: bytes


@dataclass
class FaultProxy:
    """Listens on a loopback port; `rule` may be changed at any time, and None lets all calls pass."""

    upstream: str
    rule: Rule | None = None
    seen: list[Seen] = field(default_factory=list)

    def __enter__(self) -> FaultProxy:
        """Start listening."""
        self._sockets: set[socket.socket] = set()
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, name="fault-proxy", daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop, and end every connection."""
        self._closed = True
        for connection in (self._listener, *list(self._sockets)):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    @property
    def url(self) -> str:
        """The address for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def calls(self, operation: str, since: float = 0) -> list[Seen]:
        """The calls of an operation that came since a time.monotonic()."""
        return [seen for seen in list(self.seen) if seen.operation == operation and seen.at >= since]

    def faults(self, operation: str = "") -> list[Seen]:
        """The calls that met a fault."""
        return [seen for seen in list(self.seen) if seen.fault and operation in ("", seen.operation)]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.add(connection)
            threading.Thread(target=self._serve, args=[connection], name="fault-proxy", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        upstream: socket.socket | None = None
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            target = urlsplit(self.upstream)
            upstream = socket.create_connection((target.hostname or "", target.port or 80))
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.add(upstream)
            with client.makefile("rb") as requests, upstream.makefile("rb") as answers:
                while request := _read(requests):
                    if not self._pass(request, client, upstream, answers):
                        break
        except (OSError, ValueError):
            pass  # either side went away
        finally:
            for connection in (client, upstream):
                if connection is not None:
                    self._sockets.discard(connection)
                    connection.close()

    def _pass(self, request: _Packet, client: socket.socket, upstream: socket.socket, answers: IO[bytes]) -> bool:
        """Serve one call; tells whether the connection lives on."""
        call = _call(request)
        fault = self.rule(call) if self.rule else None
        self.seen.append(Seen(time.monotonic(), call.operation, fault))
        if fault is None:
            return self._forward(request, client, upstream, answers)
        time.sleep(fault.delay_seconds)
        if fault.status or fault.answer:
            client.sendall(fault.answer or _error(fault))
            return not fault.answer
        if fault.reset == "before":
            _wait_for(fault.hold)
            return _reset(client)
        upstream.sendall(request.raw)
        answer = _read(answers)
        time.sleep(fault.late_seconds)
        _wait_for(fault.hold)
        if fault.reset == "after" or answer is None:
            return _reset(client)
        if fault.reset == "middle":
            client.sendall(answer.raw[: len(answer.raw) // 2])
            return _reset(client)
        _send(answer.raw, client, fault.trickle_seconds)
        if fault.stray:
            time.sleep(0.01)  # in a packet of its own
            client.sendall(fault.stray)
        return True

    @staticmethod
    def _forward(request: _Packet, client: socket.socket, upstream: socket.socket, answers: IO[bytes]) -> bool:
        upstream.sendall(request.raw)
        _pass_on_the_end(client, upstream)
        answer = _read(answers)
        if answer is None:
            return False
        client.sendall(answer.raw)
        return True


def _pass_on_the_end(client: socket.socket, upstream: socket.socket) -> None:
    """Wait for the answer, and tell SQS where the client closes its half before."""
    with selectors.DefaultSelector() as selector:
        for side in (client, upstream):
            selector.register(side, selectors.EVENT_READ)
        ready = [key.fileobj for key, _ in selector.select()]
    if upstream not in ready and client.recv(1, socket.MSG_PEEK) == b"":
        upstream.shutdown(socket.SHUT_WR)


def _read(stream: IO[bytes]) -> _Packet | None:
    """Read one request or answer; None at the end of the connection."""
    head = []
    while line := stream.readline():
        head.append(line)
        if line == b"\r\n":
            break
    if not head or head[-1] != b"\r\n":
        return None
    pairs = (line.decode("latin-1").partition(":") for line in head[1:-1])
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = stream.read(int(headers.get("content-length", "0")))
    return _Packet(b"".join(head) + body, headers, body)


def _call(request: _Packet) -> Call:
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    parameters = json.loads(request.body) if operation else {}
    if [entry["ReceiptHandle"] for entry in parameters.get("Entries", ()) if "ReceiptHandle" in entry] == ["rights"]:
        operation += ASKED
    return Call(operation, parameters, request.headers)


def _error(fault: Fault) -> bytes:
    body = json.dumps({"__type": f"com.amazonaws.sqs#{fault.code}", "message": fault.message}).encode()
    head = [
        f"HTTP/1.1 {fault.status} {fault.code}",
        "Content-Type: application/x-amz-json-1.0",
        f"x-amzn-query-error: {fault.code};Sender",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def _send(data: bytes, client: socket.socket, trickle_seconds: float) -> None:
    if not trickle_seconds:
        client.sendall(data)
        return
    for place in range(len(data)):
        client.sendall(data[place : place + 1])
        time.sleep(trickle_seconds)


def _wait_for(event: threading.Event | None) -> None:
    if event is not None:
        event.wait(60)


def _reset(client: socket.socket) -> bool:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    return False
