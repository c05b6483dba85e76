"""Which service and which queue a command means, where a stack has several."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support import told_place
from tests.support.told_account import ToldAccount
from worker_ops import options
from worker_ops.cli import app
from worker_ops.places.place import Place, Service, WorkQueue

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012"
ON_A_QUEUE = [
    "dead-letters list",
    "dead-letters show m-1",
    "dead-letters save f.jsonl",
    "dead-letters redrive",
    "dead-letters redrive m-1",
    "dead-letters edit m-1",
    "dead-letters purge --yes",
    "send x --direct",
]
ON_A_SERVICE = ["status", "logs", "send x", "restart", "rollback 1", "scale 1 2", "pause", "resume"]


def service(name: str) -> Service:
    queues = tuple(
        WorkQueue(queue, f"{URL}/{name}-{queue}", f"{URL}/{name}-{queue}-dead") for queue in ("main", "urgent")
    )
    cluster_arn = f"arn:aws:ecs:eu-west-1:123456789012:cluster/{name}"
    return Service(name, queues, f"arn:aws:sns:eu-west-1:123456789012:{name}", cluster_arn, f"{name}-service", name)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def account() -> ToldAccount:
    """An account whose queues are empty."""
    names = ("", "NotVisible", "Delayed")
    counts = {f"ApproximateNumberOfMessages{name}": "0" for name in names}
    return told_place.account(
        get_queue_attributes={"Attributes": {**counts, "QueueArn": "arn", "MaximumMessageSize": "1024"}},
        get_metric_data={"MetricDataResults": []},
        receive_message={},
        send_message_batch={},
        publish_batch={},
        filter_log_events={"events": []},
        list_task_definitions={"taskDefinitionArns": ["arn/orders:1"]},
        register_scalable_target={},
        update_service={},
        enable_alarm_actions={},
        disable_alarm_actions={},
    )


def run(account: ToldAccount, command: str, *words: str) -> Result:
    place = Place("stack dev", account, [service("orders"), service("mails")])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(options, "choose_place", lambda _where: place)
        return CliRunner().invoke(app, [*command.split(), *words])


def names_in(account: ToldAccount) -> str:
    return repr([arguments for _, arguments in account.asked])


@pytest.mark.parametrize("command", [*ON_A_QUEUE, *ON_A_SERVICE])
def test_of_several_services_one_has_to_be_named(account: ToldAccount, command: str) -> None:
    done = run(account, command)

    assert (done.exit_code, account.asked) == (2, [])
    assert done.stderr == "stack dev has 2 worker services: say which with --service: orders, mails\n"


@pytest.mark.parametrize("command", [*ON_A_QUEUE, *ON_A_SERVICE])
@pytest.mark.parametrize(("option", "known"), [("--service", "orders, mails"), ("--queue-name", "main, urgent")])
def test_a_name_that_there_is_not_is_told_with_those_that_there_are(
    account: ToldAccount, command: str, option: str, known: str
) -> None:
    named = [] if option == "--service" else ["--service", "mails"]

    done = run(account, command, *named, option, "other")

    assert (done.exit_code, account.asked) == (2, [])
    assert done.stderr.startswith(f"{option}: 'other' is not a ")
    assert done.stderr.endswith(f"which has {known}\n")


@pytest.mark.parametrize("command", ON_A_SERVICE)
def test_a_command_asks_about_its_service_alone(account: ToldAccount, command: str) -> None:
    done = run(account, command, "--service", "mails")

    assert "Traceback" not in done.output
    assert "mails" in names_in(account)
    assert "orders-" not in names_in(account)


@pytest.mark.parametrize(("named", "queue"), [([], "main"), (["--queue-name", "urgent"], "urgent")])
@pytest.mark.parametrize("command", ON_A_QUEUE)
def test_a_command_asks_its_queue_alone_the_main_one_where_none_is_named(
    account: ToldAccount, command: str, named: list[str], queue: str
) -> None:
    run(account, command, "--service", "mails", *named)

    urls = {arguments["QueueUrl"] for _, arguments in account.asked if "QueueUrl" in arguments}
    end = "" if command.startswith("send") else "-dead"
    assert urls == {f"{URL}/mails-{queue}{end}"}


def test_status_shows_every_queue(account: ToldAccount) -> None:
    done = run(account, "status", "--service", "mails")

    assert done.exit_code == 0
    assert all(name in done.stdout for name in ("main", "urgent"))
