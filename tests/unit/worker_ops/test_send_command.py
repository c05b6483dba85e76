"""What `workers send` says where it ends early, or is asked for what AWS would refuse."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support.told_account import ToldAccount
from worker_ops import options
from worker_ops.cli import app
from worker_ops.errors import OpsError
from worker_ops.places.place import Place, Service, WorkQueue

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


def account(batches: list[Any]) -> ToldAccount:
    """Answers each batch with the next of these."""
    answers = iter(batches)

    def sent(_asked: dict[str, Any]) -> dict[str, Any]:
        answer = next(answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return ToldAccount(get_queue_attributes={"Attributes": {"MaximumMessageSize": "1000"}}, send_message_batch=sent)


def run(told: ToldAccount, *words: str) -> Result:
    place = Place("stack dev", told, [Service("orders", (WorkQueue("main", URL, None),))])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(options, "choose_place", lambda _where: place)
        return CliRunner().invoke(app, ["send", *words])


def test_a_call_that_fails_in_the_middle_leaves_it_unfinished() -> None:
    done = run(account([{}, {}, OpsError("is there a network?")]), "a", "--count", "25")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "is there a network?\n20 messages were sent before, for certain.\n"


def test_a_call_that_fails_at_once_is_something_to_correct() -> None:
    done = run(account([OpsError("is there a network?")]), "a", "--count", "25")

    assert (done.exit_code, done.stderr) == (2, "is there a network?\n")


def test_ctrl_c_ends_with_how_far_it_came() -> None:
    done = run(account([{}, KeyboardInterrupt()]), "a", "--count", "25", "--json")

    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "10 messages were sent before, for certain.\ninterrupted\n"


@pytest.mark.parametrize("group", ["", " ", "a b", "é", "\udcff", "g" * 129])
def test_a_group_that_sqs_refuses_is_told_before_anything_is_sent(group: str) -> None:
    told = account([])

    done = run(told, "a", "--group", group)

    assert (done.exit_code, told.times("send_message_batch")) == (2, 0)
    assert done.stderr.endswith("is not 1 to 128 letters, digits and punctuation marks of ASCII\n")
