"""`python -m worker_runtime` as a container runs it, against an SQS API served on a loopback port."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.worker_queue import WorkerProcess, WorkQueue, running_worker, sqs_server, wait_until

GOOD_ORDER = json.dumps(
    {
        "order_id": "o-1",
        "customer": "Ada",
        "currency": "EUR",
        "lines": [{"sku": "tea", "quantity": 2, "unit_price": "3.50"}],
    }
)
HANDLERS = """
import pathlib, sys, time
from worker_runtime import Message, Retry

def slow(message: Message) -> None:
    pathlib.Path(f"started-{message.body}").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.02)

def fail(message: Message) -> None:
    raise RuntimeError(f"no luck with {message.body}")

def leave(message: Message) -> None:
    if message.body == "leave":
        sys.exit(3)

def retry_once(message: Message) -> None:
    if message.receive_count == 1:
        raise Retry(0, "not yet")
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with sqs_server() as url:
        yield url


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "my_handlers.py").write_text(HANDLERS)
    return tmp_path


def started(directory: Path) -> int:
    return len(list(directory.glob("started-*")))


@pytest.mark.parametrize("transport", ["wire", "boto3"])
def test_processes_good_orders_and_dead_letters_malformed_ones_with_their_reason(
    endpoint: str, directory: Path, transport: str
) -> None:
    queue = WorkQueue(endpoint)
    queue.send(*[GOOD_ORDER] * 13)
    (bad,) = queue.send('{"order_id": ""}', MessageAttributes={"tenant": {"DataType": "String", "StringValue": "acme"}})
    environment = queue.environment("handlers.orders.handle")
    with running_worker(environment, directory, WORKER_TRANSPORT=transport) as worker:
        worker.wait_for("message_processed", 13)
        (rejected,) = worker.wait_for("message_rejected")
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    assert rejected["message_id"] == bad
    (dead,) = queue.dead_letters()
    assert dead["Body"] == '{"order_id": ""}'
    attributes = {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}
    assert attributes["tenant"] == "acme"
    assert attributes["worker.error_type"] == "Reject"
    assert attributes["worker.error_message"].startswith("order_id must be text that is not empty, got ''; customer")
    assert attributes["worker.receive_count"] == "1"
    assert set(attributes) == {
        "tenant",
        "worker.error_type",
        "worker.error_message",
        "worker.receive_count",
        "worker.first_failed_at",
        "worker.first_received_at",
        "worker.task",
    }


def test_last_permitted_failure_goes_to_the_dead_letter_queue_with_the_error(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint, max_receive_count=3)
    queue.send("it")
    environment = queue.environment("my_handlers.fail")
    with running_worker(environment, directory, WORKER_BACKOFF_BASE_SECONDS="0") as worker:
        worker.wait_for("message_dead_lettered")
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    failures = worker.actions("message_failed")
    assert [line["receive_count"] for line in failures] == [1, 2]
    (dead,) = queue.dead_letters()
    assert dead["MessageAttributes"]["worker.error_message"]["StringValue"] == "no luck with it"
    assert dead["MessageAttributes"]["worker.receive_count"]["StringValue"] == "3"


def test_retry_comes_back_when_the_handler_asked_for_it(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint)
    queue.send("it")
    with running_worker(queue.environment("my_handlers.retry_once"), directory) as worker:
        (line,) = worker.wait_for("message_processed")
        assert worker.stop() == 0
    assert line["receive_count"] == 2
    assert [line["delay_seconds"] for line in worker.actions("message_retried")] == [0]


def test_a_handler_that_exits_fails_its_message_alone(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint, max_receive_count=1)
    queue.send("a", "leave", "b")
    with running_worker(queue.environment("my_handlers.leave"), directory) as worker:
        worker.wait_for("message_processed", 2)
        (line,) = worker.wait_for("message_dead_lettered")
        assert worker.stop() == 0
    assert line["error_type"] == "SystemExit"


def test_sigterm_when_idle_leaves_at_once_and_cleanly(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint)
    queue.send(GOOD_ORDER)
    with running_worker(queue.environment("handlers.orders.handle"), directory) as worker:
        worker.wait_for("message_processed")
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    assert worker.lines[-1]["action"] == "worker_stopped"
    assert queue.is_empty()


def test_sigterm_in_the_middle_finishes_what_runs_and_hands_back_the_rest(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint, fifo=True)
    queue.send_in_group("one", "1", "2", "3")
    queue.send_in_group("two", "4", "5")
    environment = queue.environment("my_handlers.slow")
    with running_worker(environment, directory) as worker:
        wait_until(lambda: started(directory) == 2, "two running handlers")
        worker.process.send_signal(signal.SIGTERM)
        worker.wait_for("message_returned", 3)
        wait_until(lambda: queue.counts()[1] == 2, "the rest to be with SQS again")
        (directory / "go").touch()
        assert worker.wait() == 0
    assert len(worker.actions("message_processed")) == 2
    assert queue.counts() == (3, 0)


def assert_handed_back(worker: WorkerProcess, queue: WorkQueue) -> None:
    """SQS was told. Rarely the poll that the worker left behind in the emulator takes the message once more, so
    whether it is visible at this moment is for the fault tests, which wait: F5 and F6."""
    assert not worker.actions("return_failed")
    assert sum(queue.counts()) == 1


def test_second_signal_hands_back_and_leaves(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint)
    queue.send("1")
    with running_worker(queue.environment("my_handlers.slow"), directory) as worker:
        wait_until(lambda: started(directory) == 1, "a running handler")
        worker.process.send_signal(signal.SIGTERM)
        worker.wait_for("drain_started")
        worker.process.send_signal(signal.SIGINT)
        assert worker.wait() == 1
    assert len(worker.actions("message_abandoned")) == 1
    assert_handed_back(worker, queue)


def test_work_beyond_the_drain_budget_is_cut_and_comes_back(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint)
    queue.send("1")
    environment = queue.environment("my_handlers.slow")
    with running_worker(environment, directory, WORKER_STOP_TIMEOUT_SECONDS="3") as worker:
        wait_until(lambda: started(directory) == 1, "a running handler")
        assert worker.stop() == 1
    assert_handed_back(worker, queue)


def test_heartbeat_keeps_a_message_longer_than_its_visibility_timeout(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint, visibility_seconds=2)
    queue.send("1")
    with running_worker(queue.environment("my_handlers.slow"), directory) as worker:
        wait_until(lambda: started(directory) == 1, "a running handler")
        with pytest.raises(subprocess.TimeoutExpired):
            worker.process.wait(5)
        (directory / "go").touch()
        (line,) = worker.wait_for("message_processed")
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    assert line["receive_count"] == 1
    assert not worker.actions("message_received_again")


def test_killed_worker_loses_nothing(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint, visibility_seconds=2)
    queue.send("1")
    with running_worker(queue.environment("my_handlers.slow"), directory) as worker:
        wait_until(lambda: started(directory) == 1, "a running handler")
        worker.process.kill()
        worker.wait()
    (directory / "go").touch()
    with running_worker(queue.environment("my_handlers.slow"), directory) as second:
        (line,) = second.wait_for("message_processed")
        assert second.stop() == 0
    # The emulator may give it once more to the poll that the killed worker left behind.
    assert line["receive_count"] >= 2


def test_health_turns_green_with_the_first_receive(endpoint: str, directory: Path) -> None:
    queue = WorkQueue(endpoint)
    with running_worker(queue.environment("my_handlers.fail"), directory) as worker:
        assert _health(directory).returncode in (0, 1)
        wait_until(lambda: _health(directory).returncode == 0, "a healthy worker")
        assert worker.stop() == 0
    check = _health(directory)
    assert check.returncode == 1
    assert check.stdout == f"no worker keeps a file in {directory / 'health'}\n"


def _health(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker_runtime.health"],
        env={
            "WORKER_HEALTH_DIRECTORY": str(directory / "health"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_bad_settings_are_listed_together_without_a_traceback(directory: Path) -> None:
    environment = {"WORKER_CONCURRENCY": "0", "WORKER_HANDLER": "my_handlers.missing"}
    result = subprocess.run(
        [sys.executable, "-m", "worker_runtime"],
        env={"PYTHONPATH": str(directory), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        "The worker cannot start: 5 problems.\n"
        "  - QUEUE_NAME: required, a queue's name (1 to 80 letters, digits, - and _, and .fifo)\n"
        "  - QUEUE_URI: required, the queue's URL (https://sqs.REGION.amazonaws.com/ACCOUNT/NAME)\n"
        "  - QUEUE_REGION: required, an AWS region such as eu-west-1\n"
        "  - WORKER_CONCURRENCY: '0' is not a whole number from 1 to 1000\n"
        "  - WORKER_HANDLER: 'my_handlers.missing' is not a function that can be imported: "
        "'my_handlers' has no 'missing'\n"
    )
