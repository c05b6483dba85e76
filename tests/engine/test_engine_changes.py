"""Stacks that change as people change them, under the real Pulumi engine: private ones, failing updates, new names,
secrets.

The provider is a stand-in: what is proved is what the engine makes of the program, not what AWS accepts.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.engine import Stack, needs_pulumi, new_stack
from tests.support.provider import TASK_DEFINITION, Action

pytestmark = [needs_pulumi, pytest.mark.slow]

SERVICE = "aws:ecs/service:Service"
QUEUE = "aws:sqs/queue:Queue"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker"
#: What is an attribute of another resource, and is cleared where the provider deletes it.
ATTRIBUTES = (
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "aws:sqs/redrivePolicy:RedrivePolicy",
)
RENAMED = 'WorkerService("orders", settings.worker_service(environment, pipeline){opts})'
WITH_ALIAS = ', pulumi.ResourceOptions(aliases=[pulumi.Alias(name="worker")])'


def brought_up(stack: Stack, **config: str) -> None:
    up = stack.up(source="", image=f"{IMAGE}:1", **config)
    assert up.exit_code == 0, up.output


def test_the_production_stack_comes_up_and_stays_as_it_is(tmp_path: Path) -> None:
    with new_stack(tmp_path, "production") as stack:
        unnamed = stack.up()
        assert unnamed.exit_code != 0
        assert "image: required; give it with: pulumi config set image" in unnamed.output
        assert unnamed.actions == []

        up = stack.up(image=IMAGE + "@sha256:" + "a" * 64)
        assert up.exit_code == 0, up.output
        [service] = stack.aws.all(SERVICE)
        assert service["networkConfiguration"]["assignPublicIp"] is False
        assert len(stack.aws.all("aws:ec2/flowLog:FlowLog")) == 1
        [vpc] = [
            r
            for r in json.loads(stack.command("stack", "export").output)["deployment"]["resources"]
            if r["type"] == "awsx:ec2:Vpc"
        ]
        assert vpc["inputs"]["natGateways"] == {"strategy": "None"}
        endpoints = {e["serviceName"].split(".", 3)[3] for e in stack.aws.all("aws:ec2/vpcEndpoint:VpcEndpoint")}
        assert endpoints == {"s3", "ecr.api", "ecr.dkr", "logs", "sqs"}
        [on_demand, spot] = service["capacityProviderStrategies"]
        assert on_demand == {"capacityProvider": "FARGATE", "base": 2, "weight": 1}
        assert spot == {"capacityProvider": "FARGATE_SPOT", "weight": 3}
        [address] = [
            s for s in stack.aws.all("aws:sns/topicSubscription:TopicSubscription") if s["protocol"] == "email"
        ]
        assert address["endpoint"] == "on-call@example.com"
        assert stack.destroy().exit_code != 0
        again = stack.up("--expect-no-changes")
        assert again.exit_code == 0, again.output


@pytest.mark.parametrize(
    "config",
    [
        {"subnet_type": "private", "nat_gateways": "single", "flow_log_retention_days": "90"},
        {"encryption": "managed"},
    ],
    ids=["private", "managed encryption"],
)
def test_a_second_up_changes_nothing(tmp_path: Path, config: dict[str, str]) -> None:
    with new_stack(tmp_path) as stack:
        brought_up(stack, **config)
        again = stack.up("--expect-no-changes")
        assert again.exit_code == 0, again.output
        assert again.actions == []


def test_an_update_that_ecs_rolls_back_is_an_error_and_the_next_up_tries_it_again(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        brought_up(stack)
        stack.aws.refused_updates.add(SERVICE)
        failed = stack.up(image=f"{IMAGE}:2")
        assert failed.exit_code != 0
        assert "the update failed and was rolled back" in failed.output
        [service] = stack.aws.all(SERVICE)
        first, second = stack.aws.all(TASK_DEFINITION)
        assert service["taskDefinition"] == first["arn"]

        stack.aws.refused_updates.clear()
        again = stack.up()
        assert again.exit_code == 0, again.output
        assert again.actions == [Action("update", SERVICE, "worker-service")]
        [service] = stack.aws.all(SERVICE)
        assert service["taskDefinition"] == second["arn"]


def test_spot_comes_changes_and_goes_in_place(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        brought_up(stack)
        for weight in ("2", "1"):
            assert stack.command("config", "set", "--path", "spot.on_demand_weight", weight).exit_code == 0
            changed = stack.up()
            assert changed.exit_code == 0, changed.output
            assert changed.actions == [Action("update", SERVICE, "worker-service")]
        [service] = stack.aws.all(SERVICE)
        weights = {item["capacityProvider"]: item["weight"] for item in service["capacityProviderStrategies"]}
        assert weights == {"FARGATE": 1, "FARGATE_SPOT": 1}

        assert stack.command("config", "rm", "spot").exit_code == 0
        without = stack.up()
        assert without.exit_code == 0, without.output
        assert without.actions == [Action("update", SERVICE, "worker-service")]


SHOP = "arn:aws:sns:eu-west-1:111122223333:shop"


def set_topics(stack: Stack, **values: str) -> None:
    """Set fields of topics, with __ between them, as a person does in a shell."""
    for path, value in values.items():
        done = stack.command("config", "set", "--path", f"topics.{path.replace('__', '.')}", value)
        assert done.exit_code == 0, done.output


def test_topics_come_and_change_in_place_and_bad_ones_are_refused_before_anything_is_done(tmp_path: Path) -> None:
    subscription = "aws:sns/topicSubscription:TopicSubscription"
    with new_stack(tmp_path) as stack:
        brought_up(stack, protect="true")
        set_topics(stack, main__raw_message_delivery="true", shop__topic_arn=SHOP, shop__handler="shop.sales.handle")
        more = stack.up()
        assert more.exit_code == 0, more.output
        assert {(action.operation, action.type) for action in more.actions if action.type == subscription} == {
            ("create", subscription),
            ("update", subscription),
        }
        assert [action for action in more.actions if action.operation == "delete"] == []
        assert stack.up("--expect-no-changes").exit_code == 0

        set_topics(stack, shop__filter_policy__store="not-a-list", main__handler="shop.orders.handle")
        refused = stack.up()
        assert refused.exit_code != 0
        assert refused.actions == []
        assert "topics.shop.filter_policy.store: 'not-a-list' is not a list of what it may be" in refused.output
        assert "topics.main.handler: raw_message_delivery leaves out the topic" in refused.output
        assert "Traceback" not in refused.output


def test_a_fifo_stack_comes_up_and_cannot_become_a_standard_one_while_it_is_protected(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        for value in ("true", "false"):
            done = stack.command("config", "set", "--path", "fifo.high_throughput", value)
            assert done.exit_code == 0, done.output
            up = stack.up(source="", image=f"{IMAGE}:1", protect="true")
            assert up.exit_code == 0, up.output
        assert all(queue["name"].endswith(".fifo") for queue in stack.aws.all(QUEUE))
        assert stack.command("config", "rm", "fifo").exit_code == 0
        changed = stack.up()
        assert changed.exit_code != 0
        assert len(stack.aws.all(QUEUE)) == 2


def rename(stack: Stack, opts: str) -> None:
    main = stack.directory / "__main__.py"
    old = 'WorkerService(settings.name("worker"), settings.worker_service(environment, pipeline))'
    assert old in main.read_text()
    main.write_text(main.read_text().replace(old, RENAMED.format(opts=opts)))


def test_a_component_that_is_renamed_with_an_alias_keeps_everything(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        brought_up(stack, protect="true")
        before = {key: dict(properties) for key, properties in stack.aws.cloud.items() if key.type in ATTRIBUTES}
        queues = stack.aws.all(QUEUE)
        rename(stack, WITH_ALIAS)
        renamed = stack.up()
        assert renamed.exit_code == 0, renamed.output
        # What is named or described after the component, and holds nothing.
        assert {action.type for action in renamed.actions if action.operation == "delete"} == {
            "aws:cloudwatch/dashboard:Dashboard",
            "aws:ec2/securityGroup:SecurityGroup",
        }
        assert stack.aws.all(QUEUE) == queues
        assert {key: stack.aws.cloud.get(key) for key in before} == before


def test_a_component_that_is_renamed_without_an_alias_is_refused_while_it_is_protected(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        brought_up(stack, protect="true")
        queues = {queue["name"] for queue in stack.aws.all(QUEUE)}
        rename(stack, "")
        renamed = stack.up()
        assert renamed.exit_code != 0
        assert "cannot be deleted" in " ".join(renamed.output.split())
        assert queues <= {queue["name"] for queue in stack.aws.all(QUEUE)}


def test_encryption_does_not_change_while_messages_need_the_key(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        brought_up(stack, protect="true")
        changed = stack.up(encryption="managed")
        assert changed.exit_code != 0
        assert "cannot be deleted" in " ".join(changed.output.split())
        assert len(stack.aws.all("aws:kms/key:Key")) == 1


def test_a_secret_inside_an_object_is_nowhere_in_clear_text_but_in_the_cloud(tmp_path: Path) -> None:
    secret = "correct horse battery staple"
    with new_stack(tmp_path) as stack:
        for key, value in (("environment.LEVEL", "high"), ("environment.PASSWORD", secret)):
            options = ["--secret"] if value is secret else []
            done = stack.command("config", "set", "--path", key, value, *options)
            assert done.exit_code == 0, done.output
        brought_up(stack)
        [definition] = stack.aws.all(TASK_DEFINITION)
        [container] = json.loads(definition["containerDefinitions"])
        assert {"name": "PASSWORD", "value": secret} in container["environment"]
        written = [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
        assert written == []
        assert secret not in stack.command("stack", "export").output
