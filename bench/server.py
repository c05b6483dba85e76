"""The local SQS server, ElasticMQ, in a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator

from bench.cores import pinned
from bench.fetch import ELASTICMQ
from bench.paths import BENCH, SCRATCH

_START_SECONDS = 60


@contextlib.contextmanager
def running_server() -> Iterator[int]:
    """Run ElasticMQ on a free port of this machine alone; gives the port."""
    port = free_port()
    command = [
        "java",
        "-Xms512m",
        "-Xmx1g",
        "-XX:+UseSerialGC",
        f"-Dbench.port={port}",
        f"-Dconfig.file={BENCH / 'elasticmq' / 'elasticmq.conf'}",
        "-cp",
        f"{ELASTICMQ}/*",
        "org.elasticmq.server.Main",
    ]
    with (SCRATCH / "elasticmq.log").open("wb") as log:
        # In a session of its own: Ctrl-C is for the bench, which then stops the server itself.
        process = subprocess.Popen(
            pinned(command, "server"), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait_until_it_answers(process, port)
            yield port
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/health")
            connection.getresponse()
            connection.close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"ElasticMQ did not start: see {SCRATCH / 'elasticmq.log'}")
