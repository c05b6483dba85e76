"""`workers console`, run as its users run it, against an emulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from local.emulator import Emulator
from tests.support.emulator import Cloud
from tests.support.workers_cli import DeadQueue, command


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


@pytest.fixture
def queue(cloud: Cloud, tmp_path: Path) -> DeadQueue:
    return DeadQueue(cloud, tmp_path)


@contextmanager
def opened(queue: DeadQueue, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The page's process and its address."""
    process = subprocess.Popen(
        [*command("console", "--json", *options), "--queue", queue.url],
        env=queue.environment({}),
        stdout=subprocess.PIPE,
        text=True,
        # Tests may run as a background job, whose children ignore Ctrl-C unless it is put back.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["address"]
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def asked(address: str, path: str) -> Any:
    parts = urlsplit(address)
    token = parts.fragment.removeprefix("token=")
    url = f"http://{parts.netloc}{path}"
    return httpx2.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False).json()


@pytest.mark.parametrize(("options", "can_write"), [((), False), (("--write",), True)])
def test_the_page_opens_for_a_queue_until_ctrl_c(queue: DeadQueue, options: tuple[str, ...], can_write: bool) -> None:
    with opened(queue, *options) as (process, address):
        about = asked(address, "/api/about")
        assert about["place"] == f"queue {queue.url.rpartition('/')[2]}"
        assert about["can_write"] is can_write

        process.send_signal(signal.SIGINT)

        assert process.wait() == 0


def test_no_proxy_stands_between_the_page_and_an_emulator(queue: DeadQueue) -> None:
    letters = queue.run("dead-letters", "list", "--json", HTTP_PROXY="http://127.0.0.1:1")

    assert json.loads(letters) == []


def test_a_port_that_is_taken_is_told(queue: DeadQueue) -> None:
    with opened(queue) as (_, address):
        port = str(urlsplit(address).port)

        told = queue.run("console", "--port", port, code=2)

    assert told == f"port {port} is in use by another program: choose another with --port (0: any free one)\n"


def test_without_the_extra_it_says_what_to_install(queue: DeadQueue) -> None:
    """As where only the components are installed: their other commands need no server."""
    program = "import sys; sys.modules['starlette'] = None; from worker_ops.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "console", "--queue", queue.url],
        env={**queue.environment({}), "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        "the page needs starlette: pip install 'pulumi-worker-service[console]' brings what it needs\n"
    )
