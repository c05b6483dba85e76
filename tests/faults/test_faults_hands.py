"""Handlers and calls that leave a worker with something in its hands: F63 to F70."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import UNAVAILABLE, Call, Fault
from tests.support.worker_queue import wait_until

HANDLERS = """
import json, multiprocessing, os, pathlib, sys, time
from worker_runtime import Message, Reject, batch

here = pathlib.Path(__file__).parent

@batch(size=10)
def sorts(messages: list[Message]) -> dict[str, BaseException]:
    failed = {message.id: Reject("no") for message in messages if message.body == "bad"}
    messages.sort(key=lambda message: message.body)
    messages.pop()
    for message in messages:
        message.id = message.receive_count = message.group = None
    return failed

def exits(message: Message) -> None:
    (here / f"began-{os.getpid()}").touch()
    if message.body.startswith("exit"):
        time.sleep(0.5)
        os._exit(int(message.body.removeprefix("exit")))

def prints(message: Message) -> None:
    (here / "began").touch()
    for _ in range(200):
        print("x" * 1_000)

def forks(message: Message) -> None:
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join(5)
    if child.is_alive():
        child.kill()
        raise RuntimeError("the child has outlived its SIGTERM")
"""


@pytest.fixture
def handlers(lab: FaultLab) -> Path:
    path = lab.directory / "my_handlers.py"
    path.write_text(HANDLERS)
    return path


def test_f63_a_batch_handler_that_changes_its_list_and_messages_loses_none(lab: FaultLab, handlers: Path) -> None:
    queue = lab.queue(visibility_seconds=30)
    queue.send("c", "bad", "a", "b", "bad")
    with lab.worker(queue, f"{handlers.stem}.sorts") as worker:
        worker.wait_for("message_rejected", 2)
        worker.wait_for("message_processed", 3)
        wait_until(queue.is_empty, "an empty queue")
        assert worker.stop() == 0
    assert [letter["Body"] for letter in queue.dead_letters()] == ["bad", "bad"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "named"),
    [
        ("DeleteMessageBatch", "no delete has succeeded for "),
        ("ChangeMessageVisibilityBatch", "no extension of a lease has succeeded for "),
    ],
)
def test_f64_a_worker_that_can_keep_or_delete_nothing_is_red_and_takes_no_more(
    lab: FaultLab, operation: str, named: str
) -> None:
    queue = lab.queue(visibility_seconds=90, max_receive_count=10)
    with lab.worker(queue) as worker:
        wait_until(lambda: lab.proxy.calls("ReceiveMessage"), "the rights to be proven")
        lab.proxy.rule = lambda call: UNAVAILABLE if call.operation == operation else None
        lab.send(queue, {"key": "first", "seconds": 85 if operation != "DeleteMessageBatch" else 0})
        wait_until(lambda: any(named in problem for problem in lab.health()), "an unhealthy worker", 60)
        time.sleep(21)  # a poll may have begun before
        lab.send(queue, "later")
        time.sleep(3)
        assert lab.attempts("later") == []
        lab.proxy.rule = None
        wait_until(lambda: lab.ledger.done == {"first", "later"} and queue.is_empty(), "both to be done", 120)
        wait_until(lambda: lab.health() == [], "a healthy worker", 60)
        assert worker.stop() == 0
    lab.assert_each_done_once()


@pytest.mark.parametrize("code", [0, *slow(2)])
def test_f65_an_exit_of_the_handler_s_own_is_no_end_of_the_worker(lab: FaultLab, handlers: Path, code: int) -> None:
    queue = lab.queue(visibility_seconds=30)
    with lab.worker(queue, f"{handlers.stem}.exits", WORKER_PROCESSES="2") as worker:
        queue.send(f"exit{code}")
        worker.wait_for("process_ended")
        queue.send("good")
        worker.wait_for("message_processed")
        # Its message is in flight.
        assert worker.stop() == 1
    assert [line["exit_code"] for line in worker.actions("process_ended")] == [code]


@pytest.mark.slow
def test_f66_an_exit_of_the_handler_s_own_while_the_worker_stops(lab: FaultLab, handlers: Path) -> None:
    queue = lab.queue(visibility_seconds=30)
    queue.send("exit0")
    with lab.worker(queue, f"{handlers.stem}.exits", WORKER_PROCESSES="2") as worker:
        wait_until(lambda: list(lab.directory.glob("began-*")), "the handler")
        assert worker.stop() == 1


@pytest.mark.slow
def test_f67_a_shorter_visibility_timeout_of_the_queue_costs_no_lease(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=30)
    go = lab.directory / "go"
    with lab.worker(queue) as worker:
        lab.send(queue, "first")
        lab.wait_until_done(queue)
        queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"VisibilityTimeout": "1"})
        lab.send(queue, {"key": "a", "until": str(go)})
        lab.wait_for_attempts("a")
        time.sleep(2.5)
        assert queue.counts() == (0, 1)
        go.touch()
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    lab.assert_each_done_once()


def test_f68_a_stdout_that_nobody_reads_holds_up_no_stop(lab: FaultLab, handlers: Path) -> None:
    queue = lab.queue(visibility_seconds=30)
    queue.send("a")
    settings = {**queue.environment(f"{handlers.stem}.prints"), "WORKER_STOP_TIMEOUT_SECONDS": "5"}
    with subprocess.Popen(
        [sys.executable, "-m", "worker_runtime"], env=settings, cwd=lab.directory, stdout=subprocess.PIPE
    ) as worker:
        wait_until(lambda: (lab.directory / "began").exists(), "the handler")
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 1
        assert time.monotonic() - began <= 5
    wait_until(lambda: queue.counts() == (1, 0), "the message to be handed back")


def test_f69_children_of_a_handler_end_as_they_are_told(lab: FaultLab, handlers: Path) -> None:
    queue = lab.queue(visibility_seconds=30)
    queue.send("a")
    with lab.worker(queue, f"{handlers.stem}.forks") as worker:
        worker.wait_for("message_processed")
        assert worker.stop() == 0
    assert worker.actions("message_failed") == []


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["DeleteMessageBatch", "ChangeMessageVisibilityBatch"])
def test_f70_one_call_that_fails_in_between_stops_nothing(lab: FaultLab, operation: str) -> None:
    failed: list[Call] = []

    def rule(call: Call) -> Fault | None:
        if call.operation == operation and not failed:
            failed.append(call)
            return UNAVAILABLE
        return None

    queue = lab.queue(visibility_seconds=3)
    lab.proxy.rule = rule
    lab.send(queue, *({"key": f"m{number}", "seconds": 1.5} for number in range(5)))
    with lab.worker(queue) as worker:
        lab.wait_until_done(queue)
        assert lab.health() == []
        assert worker.stop() == 0
    lab.assert_each_done_once()
