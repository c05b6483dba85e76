"""The wire is what boto3 is, or boto3 is used: one table of cases, run on both."""

from __future__ import annotations

import itertools
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.alike_server import KEYS, Server, both, opened, receive, serve_alike
from tests.support.scripted_server import own_certificate
from tests.support.worker_queue import REGION
from worker_runtime.errors import QueueError
from worker_runtime.sqs.open_transport import open_transport

#: A transport and its connections live as long as their process.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")


@pytest.fixture
def server() -> Iterator[Server]:
    yield from serve_alike()


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
    for server in serve_alike(own_certificate(tmp_path)):
        trusted = str(tmp_path / "own.pem") if variable.endswith("BUNDLE") else "legacy"
        environment(AWS_ENDPOINT_URL=f"https://127.0.0.1:{server.port}", **{variable: trusted})
        expected = [] if variable.endswith("BUNDLE") else "a QueueError, retry=True"
        assert both(receive, opened()) == [expected, expected]


def test_the_wire_takes_no_certificate_of_another_host(tmp_path: Path, environment: Callable[..., None]) -> None:
    for server in serve_alike(own_certificate(tmp_path)):
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


def test_tls_of_the_wire_is_no_weaker_than_boto3s(tmp_path: Path, environment: Callable[..., None]) -> None:
    tls = own_certificate(tmp_path)
    tls.server.maximum_version = ssl.TLSVersion.TLSv1_2
    for server in serve_alike(tls):
        environment(AWS_ENDPOINT_URL=f"https://127.0.0.1:{server.port}", AWS_CA_BUNDLE=str(tmp_path / "own.pem"))
        assert both(receive, opened()) == [[], []]
