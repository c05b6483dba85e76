"""Handlers that write to what they are given: the runtime decides by what it keeps for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fake_sqs import received
from tests.support.running_worker import KINDS, of_kind, put, running
from tests.support.worker_queue import wait_until
from worker_runtime import Message, Reject, batch

Change = Callable[[list[Message]], Any]

CHANGES: dict[str, Change] = {
    "sort": lambda messages: messages.sort(key=lambda message: message.body, reverse=True),
    "pop": lambda messages: messages.pop(0),
    "clear": lambda messages: messages.clear(),
    "append": lambda messages: messages.append(Message("mine", id="m-9")),
    "replace": lambda messages: messages.__setitem__(0, Message("mine", id="m-9")),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", CHANGES)
def test_handler_may_change_its_list(kind: str, change: str) -> None:
    @batch(size=10)
    def handle(messages: list[Message]) -> dict[str, BaseException]:
        failed: dict[str, BaseException] = {m.id: Reject("no") for m in messages if m.body == "body-2"}
        CHANGES[change](messages)
        return failed

    worker = running(of_kind(kind, handle))
    put(worker, 1, 2, 3)
    (rejected,) = worker.wait_for("message_rejected")
    done = {event["message_id"] for event in worker.wait_for("message_processed", 2)}
    assert (rejected["message_id"], done) == ("m-2", {"m-1", "m-3"})
    wait_until(lambda: sorted(worker.transport.deleted()) == ["r-1", "r-2", "r-3"], "the deletes")
    assert len(worker.transport.parameters("SendMessage")) == 1


def overwrite(message: Message) -> None:
    message.id = "m-2"
    message.group = "another"
    message.queue = "nowhere"
    message.receive_count = 99
    message.topic = 7  # type: ignore[assignment]
    message.trace_header = b"?"  # type: ignore[assignment]
    message.attributes = None  # type: ignore[assignment]
    message.cancelled = True
    message.body = "mine"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", [None, ValueError("no"), Reject("no")], ids=repr)
def test_handler_may_write_to_its_message(kind: str, error: Exception | None) -> None:
    def handle(message: Message) -> None:
        is_first = message.id == "m-1"
        overwrite(message)
        if is_first and error is not None:
            raise error

    worker = running(of_kind(kind, handle), fifo=True)
    worker.put(received(1, group="g"), received(2, group="g"))
    tries = 3 if type(error) is ValueError else 1
    action = {type(None): "message_processed", ValueError: "message_failed", Reject: "message_rejected"}[type(error)]
    first = worker.wait_for(action)[0]
    assert (first["message_id"], first["receive_count"], first["topic"], first["group"]) == ("m-1", 1, None, "g")
    wait_until(lambda: sorted(worker.transport.deleted()) == ["r-1", "r-2"], "both deletes")
    sent = worker.transport.parameters("SendMessage")
    assert [dead["MessageBody"] for dead in sent] == ([] if error is None else ["body-1"])
    assert [dead["MessageAttributes"]["worker.receive_count"]["StringValue"] for dead in sent] == [
        str(tries) for _ in sent
    ]
    assert {dead["MessageGroupId"] for dead in sent} <= {"g"}
    assert len(worker.flow.leases) == 0


def test_one_message_s_attributes_are_no_other_s() -> None:
    first, second = Message("a"), Message("b")
    first.attributes["tenant"] = "t-1"  # type: ignore[index]
    assert second.attributes == {}


class Hostile(Exception):  # noqa: N818
    """Has no class that anybody could ask for."""

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise SystemExit(3)


def hostile(message: Message) -> None:
    if message.body != "body-9":
        raise Hostile


async def hostile_async(message: Message) -> None:
    hostile(message)


@pytest.mark.parametrize("kind", KINDS)
def test_exception_that_hides_its_class_fails_its_message_alone(kind: str) -> None:
    worker = running(hostile if kind == "plain" else hostile_async, concurrency=2)
    put(worker, *range(8), 9)
    assert {event["error_type"] for event in worker.wait_for("message_failed", 8)} == {"Hostile"}
    assert worker.wait_for("message_processed")[0]["message_id"] == "m-9"
    wait_until(lambda: not worker.work.runner.running(), "the places")
