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
