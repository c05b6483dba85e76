"""What goes on looking does about a call that fails: it says so and goes on, or ends where that never passes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from rich.text import Text
from typer.testing import CliRunner, Result

from tests.support import told_place
from tests.support.told_account import ToldAccount, refusal
from worker_ops import options
from worker_ops.account import Account, reason_of
from worker_ops.cli import app
from worker_ops.console.model.look import Look
from worker_ops.errors import OpsError, UnreachableError
from worker_ops.outage import may_pass
from worker_ops.places.place import Place, Service

NO_NETWORK = UnreachableError("is there a network?")
DENIED = OpsError("denied: sqs:GetQueueAttributes on q")
PASSING = [
    NO_NETWORK,
    refusal("ThrottlingException", "Rate exceeded"),
    refusal("RequestThrottled", "too often", status=403),
    refusal("AnythingElse", "", status=429),
    refusal("ServiceUnavailable", "", status=503),
]
LASTING = [DENIED, OpsError("AWS does not take the credentials (ExpiredToken)"), refusal("ResourceNotFound", "gone")]


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


def run(place: Place, *words: str) -> Result:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(options, "choose_place", lambda _where: place)
        return CliRunner().invoke(app, list(words))


def in_turn(*answers: Any) -> Any:
    """Each answer once, then Ctrl-C."""
    told: Iterator[Any] = iter(answers)

    def answer(_asked: dict[str, Any]) -> Any:
        try:
            return next(told)
        except StopIteration:
            raise KeyboardInterrupt from None

    return answer


def status_place(*described: Any) -> Place:
    return told_place.place(
        told_place.account(
            get_metric_data={"MetricDataResults": []},
            describe_services=in_turn(*(one or told_place.account().answers["describe_services"] for one in described)),
        )
    )


@pytest.mark.parametrize("failure", PASSING, ids=str)
def test_status_watches_on_where_a_call_fails_that_may_pass(failure: OpsError | ClientError) -> None:
    done = run(status_place(None, failure, failure, None, None), "status", "--watch", "--json")

    assert done.exit_code == 130
    assert [json.loads(line)["service"] for line in done.stdout.splitlines()] == ["orders"] * 3
    assert done.stderr == (
        f"{reason_of(failure)}\nasked again until it works; Ctrl-C ends it\nit works again\ninterrupted\n"
    )


@pytest.mark.parametrize("failure", LASTING, ids=str)
def test_status_ends_where_a_call_fails_that_never_passes(failure: OpsError | ClientError) -> None:
    done = run(status_place(None, failure, None), "status", "--watch", "--json")

    assert (done.exit_code, len(done.stdout.splitlines())) == (2 if isinstance(failure, OpsError) else 1, 1)
    assert done.stderr == f"{reason_of(failure)}\n"


@pytest.mark.parametrize("failure", [NO_NETWORK, DENIED], ids=str)
def test_what_fails_at_the_first_look_is_told_at_once(failure: OpsError) -> None:
    assert run(status_place(failure), "status", "--watch").exit_code == 2
    assert run(logs_place(failure), "logs", "--follow").exit_code == 2


def logs_place(*pages: Any) -> Place:
    service = Service("orders", (), log_group_name="/ecs/orders")
    return told_place.place(ToldAccount(filter_log_events=in_turn(*pages)), service=service)


def page(*texts: str, more: str = "") -> dict[str, Any]:
    at = int(time.time() * 1_000)
    events = [{"eventId": text, "timestamp": at, "logStreamName": "t", "message": text} for text in texts]
    return {"events": events, **({"nextToken": more} if more else {})}


def test_forty_columns_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")

    done = run(status_place(None, None), "status", "--watch")

    shown = Text.from_ansi(done.stdout).plain
    table = [line.rstrip() for line in shown.splitlines() if line.startswith(("queue ", "waiting ", "last "))]
    assert table == ["queue           main", "waiting         7", "last processed  -"] * 2
    assert shown.count("1 alarm is silent, as after a pause: `workers resume` ends that.") == 2


@pytest.mark.parametrize("failure", PASSING, ids=str)
def test_logs_follow_on_and_tell_each_line_once(failure: OpsError | ClientError) -> None:
    pages = [page("a"), page("a", "b", more="2"), failure, failure, page("a", "b", more="2"), page("c")]

    done = run(logs_place(*pages), "logs", "--follow", "--json")

    assert (done.exit_code, done.stdout) == (130, "a\nb\nc\n")
    assert done.stderr == (
        f"{reason_of(failure)}\nasked again until it works; Ctrl-C ends it\nit works again\ninterrupted\n"
    )


def test_logs_end_where_they_are_denied() -> None:
    done = run(logs_place(page("a"), DENIED, page("b")), "logs", "--follow", "--json")

    assert (done.exit_code, done.stdout, done.stderr) == (2, "a\n", f"{DENIED}\n")


@pytest.mark.parametrize(("failure", "again_after"), [*((one, 5) for one in PASSING), (DENIED, 60)], ids=str)
def test_the_page_asks_soon_again_where_that_may_pass(failure: Exception, again_after: int) -> None:
    now = 1_000.0
    account = told_place.account(describe_services=in_turn(failure, failure))
    look = Look(told_place.place(account), told_place.SERVICE, lambda: now)

    (problem,) = look.document()["problems"]
    now += again_after - 1
    look.document()
    assert (problem.startswith("running: "), account.times("describe_services")) == (True, 1)

    now += 1
    look.document()
    assert account.times("describe_services") == 2


@pytest.mark.parametrize(
    ("raised", "passes"),
    [
        (EndpointConnectionError(endpoint_url="u"), True),
        (ConnectTimeoutError(endpoint_url="u"), True),
        (ReadTimeoutError(endpoint_url="u"), True),
        (ValueError("Invalid endpoint"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_unanswered_may_pass_and_a_wrong_setting_does_not(raised: Exception, passes: bool) -> None:
    def list_queues() -> None:
        raise raised

    account = Account(region="eu-west-1")
    account._client = lambda _service: type("Client", (), {"list_queues": staticmethod(list_queues)})  # type: ignore[method-assign]

    with pytest.raises(OpsError) as told:
        account.call("sqs", "list_queues")

    assert may_pass(told.value) is passes
