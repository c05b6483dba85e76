"""What is wrong, or not there yet, when the worker starts: F54, F55 and F95."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.emulator import ADMIN_CREDENTIALS
from tests.support.fault_lab import FaultLab
from tests.support.small_server import Asked, small_server
from tests.support.worker_queue import DEADLINE_SECONDS, wait_until

ROOT = Path(__file__).parents[2]


@contextmanager
def resetting_until(good_at: float, upstream: str) -> Iterator[str]:
    """An address whose connections are reset until a time.monotonic(), and then lead on."""

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                if time.monotonic() < good_at:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    continue
                host, _, port = upstream.removeprefix("http://").partition(":")
                with socket.create_connection((host, int(port))) as server:
                    server.sendall(client.recv(65_536))
                    server.settimeout(0.5)
                    while data := _receive(server):
                        client.sendall(data)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def _receive(server: socket.socket) -> bytes:
    try:
        return server.recv(65_536)
    except TimeoutError:
        return b""


def credentials(_: Asked) -> tuple[int, object]:
    return 200, {
        "AccessKeyId": ADMIN_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": ADMIN_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        "Token": "a-token",
        "Expiration": "2099-01-01T00:00:00Z",
    }


@pytest.mark.parametrize("transport", ["wire", "boto3"])
def test_f54_credentials_that_are_late_are_waited_for(lab: FaultLab, transport: str) -> None:
    queue = lab.queue()
    lab.send(queue, "a")
    with small_server(credentials) as upstream, resetting_until(time.monotonic() + 8, upstream) as url:
        environment = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/credentials",
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
        }
        with lab.worker(queue, WORKER_TRANSPORT=transport, **environment) as worker:
            lab.wait_until_done(queue)
            assert worker.stop() == 0
    failed = worker.actions("receive_failed")
    assert failed
    assert all("Metadata" in line["error"] or "Credential" in line["error"] for line in failed)
    lab.assert_each_done_once()


@pytest.mark.parametrize("transport", ["wire", "boto3"])
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"AWS_PROFILE": "nobody"}, "AWS's settings: The config profile (nobody) could not be found"),
        (
            {"AWS_CA_BUNDLE": "/nowhere.pem"},
            "AWS_CA_BUNDLE: '/nowhere.pem' is not a file of certificates: [Errno 2] No such file or directory",
        ),
        (
            {"REQUESTS_CA_BUNDLE": "/dev/null"},
            "REQUESTS_CA_BUNDLE: '/dev/null' is not a file of certificates: [X509: NO_CERTIFICATE_OR_CRL_FOUND]",
        ),
        ({"AWS_CA_BUNDLE": " "}, "AWS_CA_BUNDLE: ' ' is not a file of certificates"),
        ({"AWS_ENDPOINT_URL": "no address"}, "AWS's settings: Invalid endpoint: no address"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "AWS's settings: Partial credentials found in env"),
    ],
    ids=["profile", "missing file", "empty file", "blank", "endpoint", "half a key"],
)
def test_f55_wrong_settings_of_aws_end_with_a_sentence(
    lab: FaultLab, wrong: dict[str, str], sentence: str, transport: str
) -> None:
    queue = lab.queue()
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(lab.directory),
        "PYTHONPATH": f"{ROOT / 'worker'}:{ROOT}",
        "LEDGER_FILE": str(lab.directory / "ledger.jsonl"),
        "WORKER_TRANSPORT": transport,
        **queue.environment("tests.support.fault_handlers.handle"),
        **wrong,
    }
    command = [sys.executable, "-m", "worker_runtime"]
    done = subprocess.run(
        command, env=environment, cwd=lab.directory, capture_output=True, text=True, timeout=DEADLINE_SECONDS
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"The worker cannot start: 1 problem.\n  - {sentence}")
    assert done.stderr.count("\n") == 2


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("missing", ["table", "bucket"])
def test_f95_what_handlers_need_and_is_not_there_costs_no_message(lab: FaultLab, missing: str, processes: int) -> None:
    queue = lab.queue()
    queue.send("a")
    handler, sentence, environment = {
        "table": (
            "tests.support.once_dynamodb_handlers.handle",
            "once: the table 'missing' cannot be used: ",
            {"ONCE_TABLE": "missing"},
        ),
        "bucket": (
            "handle",
            "WORKER_LARGE_MESSAGES.bucket: 'missing' cannot be read: ",
            {"WORKER_LARGE_MESSAGES": json.dumps({"bucket": "missing"})},
        ),
    }[missing]
    with lab.direct_worker(queue, handler, WORKER_PROCESSES=str(processes), **environment) as worker:
        failed = worker.wait_for("startup_failed", processes)
        assert all(line["error"].startswith(sentence) for line in failed)
        if processes == 1:
            assert worker.wait() == 1
        else:
            wait_until(lambda: lab.health() != [], "the health check")
            worker.stop()
    assert queue.counts() == (1, 0)
    assert queue.dead_letters() == []
