"""What handlers publish at the same time goes together, and each call knows what became of its own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from weakref import WeakValueDictionary

import pytest
from botocore.exceptions import ClientError

from tests.support.worker_queue import wait_until
from worker_runtime import Outbox, PublishError, aws_clients, publish
from worker_runtime.publishing import gatherer, sender

TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders"
OTHER_TOPIC = f"{TOPIC}-other"
FIFO_TOPIC = f"{TOPIC}.fifo"


class Sns:
    """Notes the bodies of each request, and answers once it is let: requests whose first body is held wait."""

    def __init__(self) -> None:
        self.requests: list[list[str]] = []
        self.held: set[str] = set()
        self.go = threading.Event()
        self.answer: Callable[[list[str]], list[dict[str, Any]]] = lambda _: []

    def publish_batch(self, **parameters: Any) -> dict[str, Any]:
        bodies = [entry["Message"] for entry in parameters["PublishBatchRequestEntries"]]
        self.requests.append(bodies)
        if bodies[0] in self.held:
            assert self.go.wait(20)
        return {"Failed": self.answer(bodies)}


class Publishing:
    """Calls of `publish` in threads of their own, as handlers make them, and what they raised."""

    def __init__(self) -> None:
        self.outcomes: dict[str, BaseException | None] = {}
        self.threads: list[threading.Thread] = []

    def start(self, *bodies: str, target: str = TOPIC, **options: Any) -> None:
        def call() -> None:
            try:
                publish(target, *bodies, **options)
                self.outcomes[bodies[0]] = None
            except BaseException as error:
                self.outcomes[bodies[0]] = error

        self.threads.append(threading.Thread(target=call))
        self.threads[-1].start()

    def join(self) -> dict[str, BaseException | None]:
        for thread in self.threads:
            thread.join(20)
        return self.outcomes


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sns]:
    made = Sns()
    monkeypatch.setattr(aws_clients, "_clients", {("sns", "eu-west-1"): made})
    monkeypatch.setattr(sender.time, "sleep", lambda _: None)
    monkeypatch.setattr(sender, "_gatherers", WeakValueDictionary())
    monkeypatch.setattr(gatherer, "LINGER_SECONDS", 60)
    yield made
    made.go.set()


def waiting(target: str = TOPIC) -> int:
    return sum(len(part.batch) for part in sender._gatherers[target]._waiting)


def hold_first(sns: Sns, calls: Publishing, target: str = TOPIC, **options: Any) -> None:
    sns.held = {"first"}
    calls.start("first", target=target, **options)
    wait_until(lambda: sns.requests, "the first request")


def start_in_order(calls: Publishing, *bodies: str) -> None:
    """Each call waits for the request under way before the next one comes."""
    for number, body in enumerate(bodies, 1):
        calls.start(body)
        wait_until(lambda number=number: waiting() == number, "the next")


def test_what_comes_while_a_request_is_under_way_goes_together(sns: Sns) -> None:
    calls = Publishing()
    hold_first(sns, calls)
    for number in range(3):
        calls.start(f"{number} a", f"{number} b")
        wait_until(lambda number=number: waiting() == 2 * (number + 1), "the next")
    assert len(sns.requests) == 1
    sns.go.set()
    assert calls.join() == dict.fromkeys(("first", "0 a", "1 a", "2 a"))
    assert sns.requests[0] == ["first"]
    assert sorted(sns.requests[1]) == ["0 a", "0 b", "1 a", "1 b", "2 a", "2 b"]


def test_a_full_batch_does_not_wait(sns: Sns) -> None:
    calls = Publishing()
    hold_first(sns, calls)
    for number in range(11):
        calls.start(str(number))
        wait_until(lambda number=number: len(sns.requests) == 2 or waiting() == number + 1, "the next")
    wait_until(lambda: len(sns.requests) == 2, "the full batch")
    assert len(sns.requests[1]) == 10
    publish(TOPIC, *map(str, range(20, 30)))
    assert sns.requests[2] == [str(number) for number in range(20, 30)]
    sns.go.set()
    calls.join()
    assert [len(request) for request in sns.requests] == [1, 10, 10, 1]


def test_a_request_that_hangs_holds_nobody_up(sns: Sns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gatherer, "LINGER_SECONDS", 0.01)
    calls = Publishing()
    hold_first(sns, calls)
    publish(TOPIC, "second")
    assert sns.requests == [["first"], ["second"]]


def test_targets_do_not_wait_for_each_other(sns: Sns) -> None:
    calls = Publishing()
    hold_first(sns, calls)
    publish(OTHER_TOPIC, "a")
    assert sns.requests == [["first"], ["a"]]


def test_nothing_is_kept_of_targets_that_nobody_publishes_to(sns: Sns) -> None:
    """Who asks may name a queue of its own for the answer."""
    for number in range(3):
        publish(f"{TOPIC}-{number}", "answer")
    assert len(sns.requests) == 3
    assert list(sender._gatherers) == []


def test_a_request_has_no_more_bytes_than_its_target_takes(sns: Sns) -> None:
    calls = Publishing()
    hold_first(sns, calls)
    for number in range(3):
        calls.start(f"{number}{'x' * 100_000}")
        wait_until(lambda number=number: waiting() == number + 1, "the next")
    sns.go.set()
    calls.join()
    assert [len(request) for request in sns.requests] == [1, 2, 1]


def test_a_group_has_one_message_in_a_request(sns: Sns) -> None:
    calls = Publishing()
    hold_first(sns, calls, FIFO_TOPIC, group="g")
    for number, group in enumerate("aab"):
        calls.start(str(number), target=FIFO_TOPIC, group=group)
        wait_until(lambda number=number: waiting(FIFO_TOPIC) == number + 1, "the next")
    sns.go.set()
    assert set(calls.join().values()) == {None}
    together = [request for request in sns.requests if len(request) == 2]
    assert len(together) == 1
    assert "2" in together[0]


def test_each_call_is_told_of_its_own(sns: Sns) -> None:
    def answer(bodies: list[str]) -> list[dict[str, Any]]:
        failed = {"slow": False, "bad": True, "never": False}
        return [
            {"Id": str(index), "Code": body, "Message": "no", "SenderFault": failed[body]}
            for index, body in enumerate(bodies)
            if body in failed and not (body == "slow" and len(sns.requests) > 2)
        ]

    sns.answer = answer
    calls = Publishing()
    hold_first(sns, calls)
    for number, bodies in enumerate((["good"], ["slow", "with slow"], ["bad"], ["never"])):
        calls.start(*bodies)
        wait_until(lambda number=number: waiting() >= number + 1, "the next")
    sns.go.set()
    outcomes = calls.join()
    assert [outcomes[body] for body in ("first", "good", "slow")] == [None, None, None]
    for body in ("bad", "never"):
        assert isinstance(outcomes[body], PublishError)
        assert str(outcomes[body]) == f"1 messages were not published to {TOPIC}: {body}: no"
    assert sorted(sns.requests[1]) == ["bad", "good", "never", "slow", "with slow"]
    again = Counter(body for request in sns.requests[2:] for body in request)
    assert again == {"slow": 1, "never": 5}


def test_nobody_waits_for_what_is_sent_again_for_another(sns: Sns, monkeypatch: pytest.MonkeyPatch) -> None:
    again = threading.Event()
    monkeypatch.setattr(sender, "time", SimpleNamespace(sleep=lambda _: again.wait(20)))

    def answer(bodies: list[str]) -> list[dict[str, Any]]:
        is_refused = "slow" in bodies and not again.is_set()
        return [{"Id": str(bodies.index("slow")), "Code": "busy", "SenderFault": False}] if is_refused else []

    sns.answer = answer
    calls = Publishing()
    hold_first(sns, calls)
    start_in_order(calls, "a", "b", "slow", "c")
    sns.go.set()
    wait_until(lambda: len(calls.outcomes) == 4, "the others")
    assert calls.outcomes == dict.fromkeys(("first", "a", "b", "c"))
    again.set()
    assert calls.join()["slow"] is None


def test_one_call_s_fault_is_not_the_others(sns: Sns) -> None:
    def answer(bodies: list[str]) -> list[dict[str, Any]]:
        if "bad" in bodies:
            raise ClientError({"Error": {"Code": "InvalidParameter", "Message": "bad"}}, "PublishBatch")
        return []

    sns.answer = answer
    calls = Publishing()
    hold_first(sns, calls)
    start_in_order(calls, "good", "bad")
    sns.go.set()
    outcomes = calls.join()
    assert outcomes["good"] is None
    assert isinstance(outcomes["bad"], ClientError)
    assert sorted(map(len, sns.requests)) == [1, 1, 1, 2]


@pytest.mark.parametrize("failure", [ConnectionError("no SNS"), SystemExit()])
def test_nobody_waits_for_a_thread_that_failed(sns: Sns, failure: BaseException) -> None:
    def answer(bodies: list[str]) -> list[dict[str, Any]]:
        if bodies != ["first"]:
            raise failure
        return []

    sns.answer = answer
    calls = Publishing()
    hold_first(sns, calls)
    start_in_order(calls, "a", "b")
    sns.go.set()
    outcomes = calls.join()
    assert outcomes["first"] is None
    errors = {str(outcomes["a"]), str(outcomes["b"])}
    assert errors <= {str(failure), "the thread that published it has ended"}
    assert None not in (outcomes["a"], outcomes["b"])
    sns.answer = lambda _: []
    publish(TOPIC, "goes on")


def test_an_outbox_is_gathered_too(sns: Sns) -> None:
    calls = Publishing()
    hold_first(sns, calls)
    outbox = Outbox()
    outbox.publish(TOPIC, "of the outbox")
    thread = threading.Thread(target=outbox.send)
    thread.start()
    wait_until(lambda: waiting() == 1, "the outbox")
    calls.start("beside it")
    wait_until(lambda: waiting() == 2, "the other")
    sns.go.set()
    thread.join(20)
    calls.join()
    assert sorted(sns.requests[1]) == ["beside it", "of the outbox"]
