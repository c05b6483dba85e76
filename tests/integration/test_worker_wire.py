"""The wire is what boto3 is, or boto3 is used: one table of cases, run on both."""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted_server import Tls, own_certificate
from tests.support.worker_queue import REGION
from worker_runtime.errors import QueueError
from worker_runtime.message import message_from_sqs
from worker_runtime.sqs.open_transport import open_transport
from worker_runtime.sqs.queue import Queue
from worker_runtime.sqs.transport import Transport

#: A transport and its connections live as long as their process.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")

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
        self.http.answer = body

    def asked(self) -> list[dict[str, Any]]:
        """What came since the last time, as far as both transports have to agree."""
        seen, self.http.seen = self.http.seen, []
        return [
            {
                "line": (method, path),
                "body": body,
                "scope": headers["authorization"].partition("Credential=")[2].partition(",")[0],
                **{
                    name: headers.get(name) for name in ("host", "x-amz-target", "content-type", "x-amz-security-token")
                },
            }
            for method, path, headers, body in seen
        ]


def _serve(tls: Tls | None = None) -> Iterator[Server]:
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


@pytest.fixture
def server() -> Iterator[Server]:
    yield from _serve()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set variables; without what this machine has of its own, and without the pauses between boto3's tries."""
    for name in ("AWS_PROFILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)

    def change(**variables: str) -> None:
        for name, value in {**KEYS, **variables}.items():
            monkeypatch.setenv(name, value)

    return change


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


@pytest.fixture(scope="module")
def talking() -> Iterator[tuple[Server, list[Transport]]]:
    """A server, and both transports on it."""
    with pytest.MonkeyPatch.context() as patch:
        for server in _serve():
            for name, value in {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}"}.items():
                patch.setenv(name, value)
            yield server, opened()


def receive(transport: Transport) -> Any:
    return Queue(QUEUE, transport).receive(10, 0)


ENDPOINTS = [
    "http://127.0.0.1:{port}",
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}",
    "http://LOCALHOST:{port}",
    "http://127.0.0.1:{port}/base",
    "http://127.0.0.1:{port}/base/",
    "http://127.0.0.1:{port}/a%20b/../c",
    "http://127.0.0.1:{port}/?a=b",
    "http://user:password@127.0.0.1:{port}",
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_requests_to_any_endpoint_are_boto3s(server: Server, environment: Callable[..., None], endpoint: str) -> None:
    environment(AWS_ENDPOINT_URL=endpoint.format(port=server.port))
    server.answer(b'{"Messages": []}')
    asked = []
    for outcome in both(lambda transport: (receive(transport), server.asked()), opened()):
        assert isinstance(outcome, tuple), outcome
        asked.append(outcome[1])
    assert asked[0] == asked[1]
    assert len(asked[0]) == 1


PARTITIONS = [
    "eu-west-1",
    "us-east-1",
    "us-gov-west-1",
    "cn-north-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
    "eusc-de-east-1",
]


@pytest.mark.slow
@pytest.mark.parametrize("region", PARTITIONS)
@pytest.mark.parametrize(("dual_stack", "fips"), list(itertools.product(("false", "true"), repeat=2)))
def test_host_in_every_partition_is_boto3s(
    monkeypatch: pytest.MonkeyPatch, environment: Callable[..., None], region: str, dual_stack: str, fips: str
) -> None:
    looked_up: list[tuple[Any, ...]] = []

    def look_up(host: str, port: int, *_: Any, **__: Any) -> Any:
        looked_up.append((host, port))
        raise OSError("no network in a test")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    environment(AWS_USE_DUALSTACK_ENDPOINT=dual_stack, AWS_USE_FIPS_ENDPOINT=fips)
    hosts = []
    for name in ("wire", "boto3"):
        looked_up.clear()
        try:
            receive(open_transport(name, region))
        except Exception as error:
            hosts.append((type(error).__name__, set(looked_up)))
    assert hosts[0] == hosts[1]
    assert hosts[0][1] or hosts[0][0] == "SettingsError"


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_DEFAULTS_MODE"])
def test_certificates_are_those_that_boto3_trusts(
    tmp_path: Path, environment: Callable[..., None], variable: str
) -> None:
    for server in _serve(own_certificate(tmp_path)):
        trusted = str(tmp_path / "own.pem") if variable.endswith("BUNDLE") else "legacy"
        environment(AWS_ENDPOINT_URL=f"https://127.0.0.1:{server.port}", **{variable: trusted})
        expected = [] if variable.endswith("BUNDLE") else "a QueueError, retry=True"
        assert both(receive, opened()) == [expected, expected]


def test_the_wire_takes_no_certificate_of_another_host(tmp_path: Path, environment: Callable[..., None]) -> None:
    for server in _serve(own_certificate(tmp_path)):
        environment(AWS_ENDPOINT_URL=f"https://localhost:{server.port}", AWS_CA_BUNDLE=str(tmp_path / "own.pem"))
        assert both(receive, opened()) == ["a QueueError, retry=True"] * 2


@pytest.mark.parametrize(
    "token", ["plain+/=", "one\r\nx-more: two", "end\n", "tab\tbed", " spaced ", "\u00e9", "\x7f", "\x01"]
)
def test_session_tokens_are_sent_as_boto3_sends_them(
    server: Server, environment: Callable[..., None], token: str
) -> None:
    environment(AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.port}", AWS_SESSION_TOKEN=token)
    outcomes = []
    for name in ("wire", "boto3"):
        try:
            result: Any = receive(open_transport(name, REGION))
        except QueueError as error:
            result = error.retry
        outcomes.append((result, server.asked()))
    assert outcomes[0] == outcomes[1]
    assert [asked.get("x-more") for _, seen in outcomes for asked in seen] == [None] * len(outcomes[0][1]) * 2


def entry(**more: Any) -> dict[str, Any]:
    return {"MessageId": "m", "ReceiptHandle": "r", "Body": "b", "Attributes": None, **more}


ANSWERS = [
    {},
    {"Messages": None},
    {"Messages": [entry()]},
    {"Messages": [entry(MessageAttributes=None)]},
    {"Messages": [entry(Attributes={"ApproximateReceiveCount": "2", "MessageGroupId": None})]},
    {
        "Messages": [
            entry(
                MessageAttributes={
                    "text": {"DataType": "String", "StringValue": "x", "BinaryValue": None},
                    "bytes": {"DataType": "Binary", "StringValue": None, "BinaryValue": "AP8="},
                    "none": None,
                    "neither": {"DataType": "String"},
                }
            )
        ]
    },
    {"Messages": [entry(MessageAttributes={"a": {"DataType": "Binary", "BinaryValue": "no base64!"}})]},
    {"Messages": [entry(MessageAttributes={"a": {"DataType": None, "StringValue": "x"}})]},
    {"Messages": [entry(MessageAttributes={"a": {"DataType": "String", "StringValue": 7}})]},
    {"Messages": [entry(MessageAttributes=["a"])]},
    {"Messages": [entry(Attributes={"ApproximateReceiveCount": "often"})]},
    {"Messages": [entry(Attributes={"ApproximateReceiveCount": 1})]},
    {"Messages": [entry(Body=None)]},
    {"Messages": [entry(MessageId=1)]},
    {"Messages": [entry()] * 11},
    {"Messages": [[]]},
    {"Messages": "none"},
    [],
    None,
    "text",
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: json.dumps(answer)[:60])
def test_answers_are_read_alike(
    talking: tuple[Server, list[Transport]], environment: Callable[..., None], answer: Any
) -> None:
    server, transports = talking
    server.answer(json.dumps(answer).encode())

    def read(transport: Transport) -> Any:
        messages = [message_from_sqs(received) for received in receive(transport)]
        return [(message.id, message.body, dict(message.attributes), message.group) for message in messages]

    wire, boto = both(read, transports)
    assert wire == boto
    refused = ANSWERS.index(answer) > 6
    assert (wire == "a QueueError, retry=True") == refused


BATCHES = [
    {"Successful": [{"Id": "0"}, {"Id": "1"}]},
    {"Successful": [{"Id": "1"}], "Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]},
    {"Successful": None, "Failed": [{"Id": str(index), "Code": "ReceiptHandleIsInvalid"} for index in range(2)]},
    {},
    {"Successful": [{"Id": "0"}]},
    {"Successful": [{"Id": "0"}, {"Id": "1"}, {"Id": "2"}]},
    {"Successful": [{"Id": "0"}, {"Id": "0"}]},
    {"Successful": [{"Id": "0"}, {"Id": "1"}], "Failed": [{"Id": "1", "Code": "InternalError"}]},
    {"Successful": [{"Id": "0"}], "Failed": [{"Id": "1"}]},
    {"Successful": [{"Id": None}, {"Id": "1"}]},
    {"Successful": {"0": "1"}},
    {"Failed": "all"},
    [],
]


@pytest.mark.parametrize("answer", BATCHES, ids=lambda answer: json.dumps(answer)[:60])
@pytest.mark.parametrize("call", ["delete", "change_visibility"])
def test_answers_to_batches_are_read_alike(
    talking: tuple[Server, list[Transport]], environment: Callable[..., None], answer: Any, call: str
) -> None:
    server, transports = talking
    server.answer(json.dumps(answer).encode())

    def send(transport: Transport) -> Any:
        queue = Queue(QUEUE, transport)
        failed = queue.delete(["r", "s"]) if call == "delete" else queue.change_visibility([("r", 1), ("s", 1)])
        return [(failure.index, failure.code, failure.lost) for failure in failed]

    wire, boto = both(send, transports)
    assert wire == boto
    assert (wire == "a QueueError, retry=True") == (BATCHES.index(answer) > 2)


def test_tls_of_the_wire_is_no_weaker_than_boto3s(tmp_path: Path, environment: Callable[..., None]) -> None:
    tls = own_certificate(tmp_path)
    tls.server.maximum_version = ssl.TLSVersion.TLSv1_2
    for server in _serve(tls):
        environment(AWS_ENDPOINT_URL=f"https://127.0.0.1:{server.port}", AWS_CA_BUNDLE=str(tmp_path / "own.pem"))
        assert both(receive, opened()) == [[], []]
