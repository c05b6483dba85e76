"""While most handlers fail, receives are slowed down: good messages keep their tries."""

from __future__ import annotations

import itertools
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_sqs import EventList, received
from tests.support.fake_worker import FakeWorker
from tests.support.outage import Clock, Outage
from tests.support.worker_queue import wait_until
from worker_runtime import Message, health
from worker_runtime.health import HealthFile
from worker_runtime.in_flight import circuit_breaker
from worker_runtime.in_flight.circuit_breaker import CircuitBreaker, SlowedCapacity


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log() -> EventList:
    return EventList()


@pytest.fixture
def breaker(clock: Clock, log: EventList) -> CircuitBreaker:
    return CircuitBreaker(50, log, clock)


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.count("message_failed")


def succeed(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.count("message_processed")


def test_it_opens_where_more_than_its_share_fails(breaker: CircuitBreaker, log: EventList) -> None:
    succeed(breaker, 10)
    fail(breaker, 10)
    assert (breaker.admit(0), breaker.problem) == (10, None)
    breaker.count("message_dead_lettered")
    assert breaker.admit(0) == 0
    assert breaker.problem == "most handlers fail: receives are slowed down since 0 seconds"
    assert log.events == [{"action": "circuit_opened", "level": "WARNING", "handlers": 21, "failed": 11}]


def test_few_failures_do_not_open_it(breaker: CircuitBreaker) -> None:
    fail(breaker, 9)
    assert breaker.admit(0) == 10


def test_failures_count_for_a_minute(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 9)
    clock.now += 60
    fail(breaker, 9)
    assert breaker.admit(0) == 10


def test_what_a_handler_decides_itself_is_no_failure(breaker: CircuitBreaker) -> None:
    for action in ("message_retried", "message_rejected") * 50:
        breaker.count(action)
    fail(breaker, 9)
    assert breaker.admit(0) == 10


def test_one_message_is_tried_after_ever_longer_pauses(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 10)
    tried_after = []
    for _ in range(6):
        before = clock.now
        while breaker.admit(0) == 0:
            clock.now += 1
        tried_after.append(clock.now - before)
        assert breaker.admit(0) == 0  # only one at a time
        clock.now += 1
        fail(breaker)
        fail(breaker, 5)  # those that were under way say nothing of the one that is tried
    assert tried_after == [5, 10, 20, 40, 60, 60]


def test_three_that_succeed_close_it(breaker: CircuitBreaker, clock: Clock, log: EventList) -> None:
    fail(breaker, 10)
    clock.now += 5
    for _ in range(2):
        assert breaker.admit(0) == 1
        succeed(breaker)
    assert breaker.admit(0) == 1
    fail(breaker)
    clock.now += 10
    for _ in range(3):
        assert breaker.admit(0) == 1
        succeed(breaker)
    assert (breaker.admit(0), breaker.problem) == (10, None)
    assert log.events[-1] == {"action": "circuit_closed", "level": "INFO", "seconds": 15}
    # What failed before counts no longer.
    fail(breaker, 9)
    assert breaker.admit(0) == 10


@pytest.mark.parametrize("action", [None, "message_retried"])
def test_a_try_that_says_nothing_is_followed_by_another(
    breaker: CircuitBreaker, clock: Clock, action: str | None
) -> None:
    fail(breaker, 10)
    clock.now += 5
    assert breaker.admit(0) == 1
    if action is None:
        breaker.not_tried()
    else:
        breaker.count(action)
    assert breaker.admit(0) == 1


@pytest.mark.parametrize("end", ["it waited too long", "its handler ended late"])
def test_a_message_that_is_tried_and_lost_is_followed_by_another(
    breaker: CircuitBreaker, clock: Clock, end: str
) -> None:
    capacity = SlowedCapacity(10, 1, breaker)
    fail(breaker, 10)
    clock.now += 5
    assert capacity.reserve(0) == 1
    capacity.received(1, 1)
    assert capacity.reserve(0) == 0
    if end == "it waited too long":
        capacity.give_back(1)
    else:
        capacity.finished([40])
    assert capacity.reserve(0) == 1
    assert capacity.used == 1


def test_a_busy_minute_takes_little_memory(breaker: CircuitBreaker, clock: Clock) -> None:
    tracemalloc.start()
    try:
        for _ in range(40_000):
            clock.now += 0.001
            breaker.count("message_processed")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 100_000
    # All of them count.
    fail(breaker, 40_000)
    assert breaker.problem is None
    fail(breaker)
    assert breaker.problem is not None


def test_a_receiver_waits_for_its_turn_and_for_the_stop() -> None:
    breaker = CircuitBreaker(50, EventList())
    fail(breaker, 10)
    began = time.monotonic()
    assert breaker.admit(0.2) == 0
    assert time.monotonic() - began >= 0.2
    admitted: list[int] = []
    thread = threading.Thread(target=lambda: admitted.append(breaker.admit(30)))
    thread.start()
    breaker.stop()
    thread.join(10)
    assert admitted == [10]


def test_it_tells_of_each_minute_in_which_it_was_open(breaker: CircuitBreaker, clock: Clock) -> None:
    assert breaker.take_was_open() is False
    fail(breaker, 10)
    assert [breaker.take_was_open(), breaker.take_was_open()] == [True, True]
    clock.now += 5
    for _ in range(3):
        breaker.admit(0)
        succeed(breaker)
    assert [breaker.take_was_open(), breaker.take_was_open()] == [True, False]


def test_a_worker_says_so_in_log_metrics_and_health(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "_PAUSE_LEAST_SECONDS", 0.2)
    works = threading.Event()
    numbers = iter(range(1_000_000))

    def handle(_: object) -> None:
        if not works.is_set():
            raise ConnectionError("the database is down")

    worker = FakeWorker(
        handle,
        circuit_breaker_percent=50,
        ReceiveMessage=lambda asked: {
            "Messages": [received(next(numbers)) for _ in range(asked["MaxNumberOfMessages"])]
        },
    )
    worker.work.start()
    try:
        (opened,) = worker.wait_for("circuit_opened")
        assert opened["failed"] == opened["handlers"]
        slowed = worker.work.slowed()
        assert slowed is not None
        assert slowed.startswith("most handlers fail")
        assert worker.work.problem() is None
        file = HealthFile(str(tmp_path))
        file.write(None, busy=True, slowed=slowed)
        assert health.check(str(tmp_path)) == []
        assert [line.partition(": ")[2] for line in health.slowed(str(tmp_path))] == [slowed]
        line = worker.flow.metrics.take_line(0)
        assert line["CircuitOpen"] == 1
        assert {"Name": "CircuitOpen", "Unit": "Count"} in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        failed = len([event for event in worker.log.events if event["action"] == "message_failed"])
        works.set()
        worker.wait_for("circuit_closed")
        # One at a time was tried meanwhile.
        again = len([event for event in worker.log.events if event["action"] == "message_failed"])
        assert again - failed <= 20
    finally:
        worker.work.runner.close()
        worker.flow.receivers.stop()
        wait_until(lambda: worker.work.polls == 0, "the end of the receives")
    assert "CircuitOpen" not in FakeWorker().flow.metrics.take_line(0)


def test_a_worker_goes_on_where_the_lease_of_the_message_that_it_tries_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "_PAUSE_LEAST_SECONDS", 0.2)
    numbers = itertools.count()
    tried: list[str] = []

    def receive(asked: dict[str, Any]) -> dict[str, Any]:
        messages = [received(next(numbers)) for _ in range(asked["MaxNumberOfMessages"])]
        if len(messages) == 1:
            tried.append(messages[0]["MessageId"])
        return {"Messages": messages}

    def handle(message: Message) -> None:
        if not tried:
            raise ConnectionError("the database is down")
        if message.id == tried[0]:
            (held,) = [held for held in worker.flow.leases.held() if held.id == message.id]
            worker.flow.leases.lose(held, "SQS could not be reached")

    worker = FakeWorker(handle, circuit_breaker_percent=50, ReceiveMessage=receive)
    worker.work.start()
    try:
        worker.wait_for("circuit_closed")
        assert [event["message_id"] for event in worker.wait_for("lease_lost")] == tried[:1]
    finally:
        worker.work.runner.close()
        worker.flow.receivers.stop()
        wait_until(lambda: worker.work.polls == 0, "the end of the receives")


def test_the_health_check_says_why_a_healthy_worker_is_slow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKER_HEALTH_DIRECTORY", str(tmp_path))
    file = HealthFile(str(tmp_path))
    file.write(None, busy=True)
    assert (health.main(), capsys.readouterr().out) == (0, "healthy\n")
    file.write(None, busy=True, slowed="most handlers fail")
    assert health.main() == 0
    healthy, slowed = capsys.readouterr().out.splitlines()
    assert (healthy, slowed.partition(": ")[2]) == ("healthy", "most handlers fail")


def test_an_outage_of_half_an_hour_costs_next_to_no_dead_letters() -> None:
    """docs/handlers.md tells these figures."""
    without, guarded = Outage(None), Outage(50)
    assert without.run() > 1_780
    assert guarded.run() < 20
    # The load goes on for five minutes after the outage.
    assert guarded.recovery_seconds <= 300 + 120
