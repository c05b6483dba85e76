"""The emulator as a server: start, stop, restart, busy ports, silence, kept connections, no web pages."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from moto.sqs import models as sqs_models

from local.emulator import Emulator, PortBusy
from tests.support.emulator import Cloud, refused


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


def connect(cloud: Cloud) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(cloud.emulator.endpoint_url).netloc, timeout=30)


def test_it_listens_on_the_loopback_alone(cloud: Cloud) -> None:
    assert cloud.emulator.endpoint_url.startswith("http://127.0.0.1:")
    url, _ = cloud.queue()
    assert url.startswith(f"{cloud.emulator.endpoint_url}/123456789012/orders")


def test_a_busy_port_is_said_clearly_and_changes_nothing() -> None:
    motos_queue = sqs_models.Queue
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortBusy, match=f"port {port} on 127.0.0.1 is in use by another program") as caught:
            Emulator(port=port).start()
        assert caught.value.port == port
    assert sqs_models.Queue is motos_queue


def test_a_restart_is_an_empty_account_on_the_same_port_and_moto_gets_its_own_back(
    capfd: pytest.CaptureFixture[str],
) -> None:
    motos_queue = sqs_models.Queue
    with Emulator() as emulator:
        port = urlsplit(emulator.endpoint_url).port or 0
        Cloud(emulator).queue()
        assert sqs_models.Queue is not motos_queue
    assert sqs_models.Queue is motos_queue
    with Emulator(port) as emulator:
        assert urlsplit(emulator.endpoint_url).port == port
        assert "QueueUrls" not in Cloud(emulator).admin("sqs").list_queues()
        assert emulator.denials == []
    output = capfd.readouterr()
    assert (output.out, output.err) == ("", "")


def test_a_second_emulator_in_one_process_is_refused(cloud: Cloud) -> None:
    url, _ = cloud.queue()
    with pytest.raises(RuntimeError, match="this process runs an emulator already"):
        Emulator().start()
    assert cloud.counts(url) == (0, 0, 0)


def test_stopping_does_not_wait_for_a_long_poll() -> None:
    with Emulator() as emulator:
        cloud = Cloud(emulator)
        url, _ = cloud.queue()
        failed = threading.Event()

        def poll() -> None:
            try:
                cloud.receive(url, WaitTimeSeconds=20)
            except Exception:
                failed.set()

        thread = threading.Thread(target=poll)
        thread.start()
    thread.join(15)
    assert failed.is_set()


def test_the_endpoint_of_a_stopped_emulator() -> None:
    emulator = Emulator()
    with pytest.raises(RuntimeError, match="not started"):
        _ = emulator.endpoint_url
    emulator.stop()


def test_connections_are_kept_whatever_the_body(cloud: Cloud) -> None:
    connection = connect(cloud)
    ports = set()
    for body in (b"x" * 100, iter([b"in", b"chunks"]), None):
        connection.request("POST", "/", body=body)
        answer = connection.getresponse()
        assert json.loads(answer.read())["__type"] == "MissingAuthenticationToken"
        ports.add(connection.sock.getsockname()[1])
    assert len(ports) == 1
    connection.request("HEAD", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (403, b"")
    connection.close()


@pytest.mark.parametrize("chunks", [b"x\r\nabc\r\n0\r\n\r\n", b"-1\r\n", b"3\r\nabcd\r\n0\r\n\r\n"])
def test_chunks_that_are_none_are_refused_and_the_connection_closed(cloud: Cloud, chunks: bytes) -> None:
    connection = connect(cloud)
    connection.putrequest("POST", "/")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders(chunks)
    answer = connection.getresponse()
    answer.read()
    assert (answer.status, answer.headers["Connection"]) == (400, "close")
    connection.close()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 403, "MissingAuthenticationToken"),
        ({"Origin": "https://example.com"}, 403, "AccessDenied"),
    ],
)
def test_unsigned_requests_and_web_pages_are_refused(
    cloud: Cloud, headers: dict[str, str], status: int, code: str
) -> None:
    for path in ("/", "/moto-api/reset"):
        connection = connect(cloud)
        connection.request("POST", path, headers=headers)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["__type"]) == (status, code)
        connection.close()


def test_a_call_that_moto_does_not_know_is_an_aws_error(cloud: Cloud) -> None:
    code, status, message = refused(cloud.admin("sns").get_data_protection_policy, ResourceArn=cloud.topic())
    assert (code, status) == ("InternalFailure", 501)
    assert "not been implemented" in message


def test_many_services_are_served(cloud: Cloud) -> None:
    assert cloud.admin("ecs").list_clusters()["clusterArns"] == []
    assert cloud.admin("logs").describe_log_groups()["logGroups"] == []
    assert cloud.admin("ec2").describe_vpcs()["Vpcs"]
    assert cloud.admin("ecr").describe_repositories()["repositories"] == []
    assert cloud.admin("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    assert cloud.admin("cloudwatch").list_metrics()["Metrics"] == []
    assert cloud.admin("codebuild").list_projects()["projects"] == []
    assert cloud.admin("codepipeline").list_pipelines()["pipelines"] == []


@pytest.mark.parametrize(
    ("length", "status"), [("-1", 400), ("x", 400), ("1e3", 400), ("9" * 18, 413), ("9" * 4_000, 400)]
)
def test_a_length_that_is_none_is_refused_and_the_server_goes_on(cloud: Cloud, length: str, status: int) -> None:
    connection = connect(cloud)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()

    assert answer.status == status
    assert answer.getheader("Connection") == "close"
    connection.close()
    assert cloud.queue()[0]


@pytest.mark.parametrize(
    ("service", "call"), [("cloudformation", "list_stacks"), ("apprunner", "list_services"), ("xray", "get_groups")]
)
def test_a_service_that_it_lacks_is_told_in_a_sentence(
    cloud: Cloud, capfd: pytest.CaptureFixture[str], service: str, call: str
) -> None:
    answer = refused(getattr(cloud.admin(service), call))

    assert answer == ("InternalFailure", 501, f"the box has no {service}: it has what a worker service is made of")
    output = capfd.readouterr()
    assert (output.out, output.err) == ("", "")
