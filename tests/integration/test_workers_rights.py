"""Each command calls what the table of rights says and no more, and the operator policy lets it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from local.box_state import BoxState, only_box, write_state
from local.emulator import Emulator
from local.service import Service
from tests.support.emulator import ACCOUNT, REGION, Cloud, short_polls
from worker_ops.account import Account
from worker_ops.cli import app
from worker_ops.rights import RIGHTS
from worker_service.policies.operator import operator_policy

#: What a call needs beside the right of its own name: moving messages is receiving, sending and deleting.
BESIDES = {
    "sqs:StartMessageMoveTask": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"}
}


class Operator:
    """Somebody who has the operator policy of one service, and nothing else."""

    def __init__(self, cloud: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud = cloud
        self.folder = folder
        self.called: set[str] = set()
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        monkeypatch.chdir(folder)
        dead_url, dead_arn = cloud.queue("dead")
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3})
        url, arn = cloud.queue("work", RedrivePolicy=redrive)
        topic_arn = cloud.topic()
        cluster_arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/orders"
        self._make_service()
        self.dead_url = dead_url
        document = operator_policy(
            name="orders",
            queue_arns=[arn],
            dead_letter_queue_arns=[dead_arn],
            topic_arns=[topic_arn],
            key_arns=[],
            session_key_arns=[],
            cluster_arn=cluster_arn,
            service_arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/orders/orders",
            log_group_arn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:orders",
        )
        self.state = BoxState(
            pid=1,
            stack="dev",
            endpoint_url=cloud.emulator.endpoint_url,
            region=REGION,
            credentials=cloud.emulator.task_credentials(cloud.role(*document["Statement"])),
            services=[Service("orders", cluster_arn, "orders", topic_arn, url, arn, dead_url, dead_arn)],
        )
        self._record(monkeypatch)

    def run(self, command: str, *arguments: str) -> str:
        """Run a command, and return what it printed; it must succeed."""
        done = self.try_to(command, *arguments)
        assert done.exit_code == 0, done.output
        return done.output

    def try_to(self, command: str, *arguments: str) -> Result:
        """Run a command, whatever comes of it."""
        self.called.clear()
        with only_box(self.folder):
            write_state(self.folder, self.state)
            return CliRunner().invoke(app, [*command.split(), *arguments, "--program", str(self.folder), "--box"])

    def may(self, *statements: dict[str, Any]) -> None:
        """Have a role with these rights alone from here on."""
        role = self.cloud.role(*statements)
        self.state = replace(self.state, credentials=self.cloud.emulator.task_credentials(role))

    def add_letter(self) -> str:
        sqs = self.cloud.admin("sqs")
        return sqs.send_message(QueueUrl=self.dead_url, MessageBody="letter")["MessageId"]

    def _make_service(self) -> None:
        ecs = self.cloud.admin("ecs")
        ecs.create_cluster(clusterName="orders")
        for _ in range(2):
            ecs.register_task_definition(
                family="orders", containerDefinitions=[{"name": "worker", "image": "orders:1", "memory": 512}]
            )
        ecs.create_service(cluster="orders", serviceName="orders", taskDefinition="orders", desiredCount=1)
        self.cloud.admin("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId="service/orders/orders",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=2,
        )
        self.cloud.admin("cloudwatch").put_metric_alarm(
            AlarmName="orders-age-alarm",
            Namespace="AWS/ECS",
            MetricName="CPUUtilization",
            Dimensions=[{"Name": "ServiceName", "Value": "orders"}],
            ComparisonOperator="GreaterThanThreshold",
            Threshold=1,
            EvaluationPeriods=1,
            Period=60,
            Statistic="Sum",
        )

    def _record(self, monkeypatch: pytest.MonkeyPatch) -> None:
        call = Account.call
        prefixes = {"cloudwatch": "cloudwatch", "application-autoscaling": "application-autoscaling"}

        def recorded(account: Account, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
            client = boto3.client(service, region_name=REGION)
            action = client.meta.method_to_api_mapping[operation].removesuffix("Batch")
            self.called.add(f"{prefixes.get(service, service)}:{action}")
            return call(account, service, operation, **arguments)

        monkeypatch.setattr(Account, "call", recorded)


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    with Emulator() as emulator, short_polls():
        yield Operator(Cloud(emulator), tmp_path, monkeypatch)


def rights_of(command: str) -> set[str]:
    """What the table says, but for keys, which AWS asks for on its own."""
    return {action for actions in RIGHTS[command].values() for action in actions if not action.startswith("kms:")}


@pytest.mark.parametrize(
    "command",
    ["restart", "rollback 1", "scale 1 3", "pause", "resume", "dead-letters list"],
)
def test_a_command_calls_what_it_says_and_may(operator: Operator, command: str) -> None:
    operator.add_letter()

    operator.run(command)

    name = command.rstrip(" 0123456789")
    assert operator.called == rights_of(name)


def test_what_sends_does_so_through_the_topic_or_into_the_queue(operator: Operator) -> None:
    operator.run("send", "hello")
    assert operator.called == {"sns:Publish"}
    operator.run("send", "hello", "--direct")
    assert operator.called == {"sqs:SendMessage", "sqs:GetQueueAttributes"}
    assert rights_of("send") == {"sns:Publish", "sqs:SendMessage", "sqs:GetQueueAttributes"}


def test_what_works_on_letters_may(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    letter_id = operator.add_letter()
    operator.run("dead-letters show", letter_id)
    assert operator.called == rights_of("dead-letters show")
    operator.run("dead-letters save", "letters.jsonl")
    assert operator.called == rights_of("dead-letters save")

    editor = operator.folder / "editor.sh"
    editor.write_text("#!/bin/sh\necho edited > $1\n")
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    operator.run("dead-letters edit", letter_id)
    assert operator.called <= rights_of("dead-letters edit")
    assert {"sqs:SendMessage", "sqs:DeleteMessage"} <= operator.called

    chosen = operator.add_letter()
    operator.add_letter()
    operator.run("dead-letters redrive", chosen)
    one_by_one = set(operator.called)
    operator.run("dead-letters redrive")
    moved = set(operator.called)
    assert one_by_one | moved | BESIDES["sqs:StartMessageMoveTask"] | {"sqs:CancelMessageMoveTask"} == rights_of(
        "dead-letters redrive"
    )

    kept_apart = operator.add_letter()
    operator.add_letter()
    operator.run("dead-letters purge", kept_apart, "--yes", "--save", "purged.jsonl")
    assert operator.called == rights_of("dead-letters purge")


def test_status_may(operator: Operator) -> None:
    operator.run("status")

    assert operator.called == rights_of("status")


@pytest.mark.parametrize(
    ("may", "denied"),
    [
        (
            [],
            {
                "status": "cloudwatch:GetMetricData on *",
                "send x": "sns:Publish on {topic}",
                "send x --direct": "sqs:GetQueueAttributes on {queue}",
                "restart": "ecs:UpdateService on orders",
                "rollback 1": "ecs:DescribeServices on orders",
                "scale 1 3": "application-autoscaling:RegisterScalableTarget on service/orders/orders",
                "pause": "cloudwatch:DescribeAlarms on *",
                "resume": "application-autoscaling:DescribeScalableTargets on *",
                "dead-letters list": "sqs:GetQueueAttributes on {dead}",
                "dead-letters show m-1": "sqs:GetQueueAttributes on {dead}",
                "dead-letters save f.jsonl": "sqs:GetQueueAttributes on {dead}",
                "dead-letters edit m-1": "sqs:GetQueueAttributes on {dead}",
                "dead-letters redrive": "sqs:GetQueueAttributes on {dead}",
                "dead-letters redrive m-1": "sqs:GetQueueAttributes on {dead}",
                "dead-letters purge --yes": "sqs:GetQueueAttributes on {dead}",
            },
        ),
        (
            ["sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            {
                "send x --direct": "sqs:SendMessage on {queue}",
                # What could not be released has to be told, too.
                "dead-letters list": "sqs:ChangeMessageVisibility on {dead}",
                "dead-letters redrive": "sqs:ListMessageMoveTasks on {dead_arn}",
            },
        ),
        (
            ["cloudwatch:*", "application-autoscaling:Describe*", "ecs:DescribeServices", "sqs:GetQueueAttributes"],
            {
                "rollback 1": "ecs:ListTaskDefinitions on *",
                "pause": "application-autoscaling:RegisterScalableTarget on service/orders/orders",
                "resume": "ecs:UpdateService on orders",
            },
        ),
    ],
    ids=["nothing", "read", "look"],
)
def test_a_denied_command_names_the_right_and_on_what(
    operator: Operator, may: list[str], denied: dict[str, str]
) -> None:
    operator.add_letter()
    operator.may(*([{"Effect": "Allow", "Action": may, "Resource": "*"}] if may else []))
    (service,) = operator.state.services
    names = {
        "topic": service.topic_arn,
        "queue": service.queue_url,
        "dead": service.dead_letter_queue_url,
        "dead_arn": service.dead_letter_queue_arn,
    }

    told = {}
    for command in denied:
        done = operator.try_to(command)
        sentence = re.fullmatch(r"denied: (.+); whoever runs this command needs that right .*\n", done.stderr)
        told[command] = sentence[1] if sentence and done.exit_code == 2 else done.output

    assert told == {command: text.format(**names) for command, text in denied.items()}
    assert not [path.name for path in operator.folder.iterdir() if path.suffix == ".jsonl"]


def test_every_command_has_its_row() -> None:
    program = typer.main.get_command(app)
    assert isinstance(program, TyperGroup)
    context = typer.Context(program)
    commands: set[str] = set()
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        parts = command.list_commands(context) if isinstance(command, TyperGroup) else []
        commands |= {f"{name} {part}" for part in parts} or {name}

    # The simulator and the converters ask AWS nothing.
    asking = commands - {"simulate", "migrate copilot", "migrate proton"}
    assert asking | {"--queue"} == set(RIGHTS)
