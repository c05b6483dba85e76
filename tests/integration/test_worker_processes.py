"""WORKER_PROCESSES, async and batch handlers, as a container runs them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.worker_queue import WorkQueue, running_worker, sqs_server, wait_until

pytestmark = pytest.mark.slow

HANDLERS = """
import asyncio, os, pathlib, time
from worker_runtime import Message, Reject, batch

def where(message: Message) -> None:
    pathlib.Path(f"pid-{os.getpid()}").touch()
    if message.body == "die" and message.receive_count == 1:
        os._exit(9)

def slowly(message: Message) -> None:
    pathlib.Path(f"began-{message.id}").touch()
    time.sleep(2)

async def later(message: Message) -> None:
    await asyncio.sleep(0.01)
    if message.body == "bad":
        raise Reject("it is bad")

@batch(size=5)
def many(messages: list[Message]) -> dict[str, BaseException]:
    return {message.id: Reject("it is bad") for message in messages if message.body == "bad"}
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with sqs_server() as url:
        yield url


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "my_handlers.py").write_text(HANDLERS)
    return tmp_path


@pytest.mark.parametrize("handler", ["later", "many"])
def test_async_and_batch_handlers(endpoint: str, directory: Path, handler: str) -> None:
    queue = WorkQueue(endpoint)
    queue.send(*["good"] * 12, "bad")
    with running_worker(queue.environment(f"my_handlers.{handler}"), directory) as worker:
        worker.wait_for("message_processed", 12)
        worker.wait_for("message_rejected")
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
        warnings = [line["message"] for line in worker.actions("scaling_warning")]
    assert [warning.partition(", and")[0] for warning in warnings] == (
        [f"the handler of {queue.name} takes 5 at once"] if handler == "many" else []
    )
    (dead,) = queue.dead_letters()
    assert dead["MessageAttributes"]["worker.error_message"]["StringValue"] == "it is bad"


def test_processes_share_the_work_and_drain_together(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint)
    environment = queue.environment("my_handlers.where")
    with running_worker(environment, directory, WORKER_PROCESSES="2") as worker:
        worker.wait_for("worker_started", 3)
        while len(list(directory.glob("pid-*"))) < 2:
            seen = len(worker.actions("message_processed"))
            queue.send(*["work"] * 4)
            worker.wait_for("message_processed", seen + 1)
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    assert [line["exit_code"] for line in worker.actions("worker_stopped")] == [0, 0, 0]


def test_process_that_dies_is_replaced_and_its_message_comes_back(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint, visibility_seconds=2)
    queue.send("die")
    environment = queue.environment("my_handlers.where")
    with running_worker(environment, directory, WORKER_PROCESSES="2") as worker:
        (ended,) = worker.wait_for("process_ended")
        (line,) = worker.wait_for("message_processed")
        worker.wait_for("worker_started", 4)
        assert worker.stop() == 0
    assert ended["exit_code"] == 9
    assert line["receive_count"] == 2


def test_processes_do_not_outlive_a_killed_supervisor(endpoint: str, directory: Path) -> None:
    """Each finishes what it runs, as on SIGTERM, and leaves; what has not started is visible again."""
    queue = WorkQueue(endpoint, visibility_seconds=600)
    environment = queue.environment("my_handlers.slowly")
    with running_worker(environment, directory, WORKER_PROCESSES="2", WORKER_CONCURRENCY="1") as worker:
        worker.wait_for("worker_started", 3)
        queue.send(*["work"] * 6)
        wait_until(lambda: list(directory.glob("began-*")), "a handler that runs")
        worker.process.kill()
        worker.wait_for("worker_stopped", 2)
        assert worker.wait() == -signal.SIGKILL
    assert [line["exit_code"] for line in worker.actions("worker_stopped")] == [0, 0]
    assert {line["signal"] for line in worker.actions("drain_started")} == {"SUPERVISOR_GONE"}
    assert queue.counts() == (6 - len(worker.actions("message_processed")), 0)
    assert len(list(directory.glob("began-*"))) == len(worker.actions("message_processed"))


def test_bad_settings_of_a_process_end_them_all(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint)
    with running_worker(queue.environment("my_handlers.where"), directory, WORKER_PROCESSES="2") as worker:
        worker.wait_for("worker_started", 3)
        (directory / "my_handlers.py").unlink()
        for pycache in directory.glob("__pycache__/*"):
            pycache.unlink()
        pids = [int(path.stem) for path in wait_until(lambda: list(directory.glob("health/*.json")), "a file")]
        os.kill(pids[0], signal.SIGKILL)
        assert worker.wait() == 2
