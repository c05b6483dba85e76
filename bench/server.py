"""The local SQS server, in a process of its own: our own in Go, which is never the limit, or ElasticMQ."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.cores import pinned
from bench.fetch import ELASTICMQ, LEAN_SERVER
from bench.paths import BENCH, SCRATCH

SERVERS = ("lean", "elasticmq")
_START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    port: int

    @property
    def counts_and_delays(self) -> bool:
        """It can count requests and answer later."""
        return self.name == "lean"

    def answer_after(self, seconds: float) -> None:
        """Answer each request so much later, as over a network."""
        if self.counts_and_delays:
            self._get(f"/bench/latency?of={seconds * 1_000:g}ms")

    def requests(self) -> int | None:
        """Requests since the last look; None where the server does not count them."""
        return int(self._get("/bench/requests")) if self.counts_and_delays else None

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().read()


@contextlib.contextmanager
def running_server(name: str) -> Iterator[Server]:
    """Run a server on a free port of this machine alone."""
    port = free_port()
    log_path = SCRATCH / f"{name}.log"
    with log_path.open("wb") as log:
        # In a session of its own: Ctrl-C is for the bench, which then stops the server itself.
        process = subprocess.Popen(
            pinned(_command(name, port), "server"), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait_until_it_answers(name, process, port)
            yield Server(name, port)
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _command(name: str, port: int) -> list[str]:
    if name == "lean":
        return [str(LEAN_SERVER), "-port", str(port)]
    return [
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


def _wait_until_it_answers(name: str, process: subprocess.Popen[bytes], port: int) -> None:
    path = "/bench/health" if name == "lean" else "/health"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", path)
            connection.getresponse()
            connection.close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start: see {SCRATCH / f'{name}.log'}")
