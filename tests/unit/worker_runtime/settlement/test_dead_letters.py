"""The reason beside a dead letter: whatever the error, it says something that SQS takes."""

from __future__ import annotations

import pytest

from tests.support.fake_sqs import DEAD_URL, FakeTransport, held, queue_on
from worker_runtime.errors import Reject, text_of
from worker_runtime.settlement.dead_letters import DeadLetters


class Mute(Exception):  # noqa: N818 - what it does
    def __str__(self) -> str:
        raise RuntimeError


def reason(error: Exception, *, error_texts: bool = True) -> str:
    DeadLetters(queue_on(transport := FakeTransport()), DEAD_URL, error_texts=error_texts).put(held(), error)
    (sent,) = transport.parameters("SendMessage")
    return sent["MessageAttributes"]["worker.error_message"]["StringValue"]


@pytest.mark.parametrize(("error", "text"), [(ValueError("no"), "no"), (ValueError(), ""), (Mute(), "Mute")])
def test_text_of_any_error(error: Exception, text: str) -> None:
    assert text_of(error) == text
    assert reason(error) == (text or "(none)")


def test_a_reason_is_bounded_and_may_be_left_out() -> None:
    assert reason(ValueError("x" * 20_000_000)) == "x" * 1_024
    assert reason(ValueError("jane@example.com"), error_texts=False) == "(left out)"
    assert reason(Reject("jane@example.com"), error_texts=False) == "(left out)"


def test_reason_keeps_every_character_that_sqs_takes_and_no_other() -> None:
    taken = "\t\n\r ~\x7f\ud7ff\ue000\ufffd\U00010000\U0010ffff"
    assert reason(ValueError(f"\x00\x08\x0b\x0c\x1f{taken}\ud800\udfff\ufffe\uffff")) == taken


REASONS = ["error_message", "error_type", "first_failed_at", "first_received_at", "receive_count", "task"]
ADDED = {f"worker.{name}" for name in REASONS}


def copied(**attributes: str) -> dict[str, str]:
    """Names and values of the copy's attributes."""
    original = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    message = held(MessageAttributes=original)
    DeadLetters(queue_on(transport := FakeTransport()), DEAD_URL).put(message, ValueError("new"))
    (sent,) = transport.parameters("SendMessage")
    return {name: value["StringValue"] for name, value in sent["MessageAttributes"].items()}


def test_attributes_that_a_sender_named_like_the_workers_are_kept() -> None:
    copy = copied(**{"worker.shard": "7", "worker.": "8", "worker.error_type.of": "9"})
    assert (copy["worker.shard"], copy["worker."], copy["worker.error_type.of"]) == ("7", "8", "9")
    assert copy["worker.error_message"] == "new"


def test_a_redriven_message_has_the_latest_reason_alone() -> None:
    copy = copied(**dict.fromkeys(ADDED, "old"), tenant="t-1")
    assert copy.keys() == ADDED | {"tenant"}
    assert "old" not in copy.values()
    full = {f"a{number}": "x" for number in range(9)}
    copy = copied(**full, **{"worker.error": "old"})
    assert copy.keys() == full.keys() | {"worker.error"}
    assert copy["worker.error"] != "old"
