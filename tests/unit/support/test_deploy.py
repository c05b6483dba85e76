"""deploy() shows what it says it shows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
import pytest

from tests.support.aws_outputs import UnknownTypeError
from tests.support.deploy import UNKNOWN, Call, deploy
from tests.support.recording import DuplicateUrnError

QUEUE = "aws:sqs/queue:Queue"


class Inbox(pulumi.ComponentResource):
    """A queue and its dead-letter queue."""

    queue_url: pulumi.Output[str]

    def __init__(self, name: str, *, register: bool = True, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Inbox", name, {}, opts)
        self.queue = aws.sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=30,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["delaySeconds"]),
        )
        aws.sqs.RedriveAllowPolicy(
            f"{name}-allow",
            queue_url=self.queue.url,
            redrive_allow_policy=pulumi.Output.json_dumps({"sourceQueueArns": [self.queue.arn]}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.queue_url = self.queue.url
        if register:
            self.register_outputs({"queue_url": self.queue_url})


def inbox_urn(name: str) -> str:
    return f"urn:pulumi:test::worker-service::test:index:Inbox::{name}"


def test_resources_carry_what_was_declared() -> None:
    options = pulumi.ResourceOptions(protect=True, retain_on_delete=True, aliases=[pulumi.Alias(name="old")])

    deployment = deploy(lambda: Inbox("orders", opts=options))

    assert deployment.names() == [
        ("aws:sqs/queue:Queue", "orders-queue"),
        ("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "orders-allow"),
        ("test:index:Inbox", "orders"),
    ]
    queue = deployment.one(QUEUE)
    assert queue.urn == "urn:pulumi:test::worker-service::test:index:Inbox$aws:sqs/queue:Queue::orders-queue"
    assert queue.parent == inbox_urn("orders")
    assert queue.inputs == {"visibilityTimeoutSeconds": 30}
    assert isinstance(queue.inputs["visibilityTimeoutSeconds"], int)
    assert queue.ignore_changes == ("delaySeconds",)
    assert (queue.protect, queue.retain_on_delete) == (True, True)
    assert queue.custom
    policy = deployment.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "orders-allow")
    assert policy.dependencies == {queue.urn}
    assert policy.inputs["queueUrl"] == "https://sqs.eu-west-1.amazonaws.com/111122223333/orders-queue-c28a125"
    assert deployment.child_of(inbox_urn("orders")) == [queue, policy]
    inbox = deployment.one("test:index:Inbox")
    assert inbox.aliases == ({"name": "old"},)
    assert not inbox.custom
    assert inbox.parent == "urn:pulumi:test::worker-service::pulumi:pulumi:Stack::worker-service-test"


def test_options_default_to_off() -> None:
    queue = deploy(lambda: aws.sqs.Queue("orders")).one(QUEUE)

    assert (queue.protect, queue.retain_on_delete, queue.ignore_changes, queue.aliases) == (
        False,
        False,
        (),
        (),
    )
    assert (queue.provider, queue.dependencies, queue.secret_inputs) == ("", frozenset(), frozenset())


def test_types_of_all_parents_are_in_the_urn() -> None:
    class Outer(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("test:index:Outer", "outer")
            Inbox("inner", opts=pulumi.ResourceOptions(parent=self))

    queue = deploy(Outer).one(QUEUE)

    assert queue.urn.split("::")[2] == "test:index:Outer$test:index:Inbox$aws:sqs/queue:Queue"


def test_one_names_what_there_is_instead() -> None:
    deployment = deploy(lambda: aws.sqs.Queue("orders"))

    with pytest.raises(LookupError, match=r"0 resources are aws:sqs/queue:Queue parcels.*'orders'"):
        deployment.one(QUEUE, "parcels")


def test_a_duplicate_urn_is_refused() -> None:
    def build() -> None:
        aws.sqs.Queue("orders")
        aws.sqs.Queue("orders")

    with pytest.raises(DuplicateUrnError, match=r"aws:sqs/queue:Queue::orders"):
        deploy(build)


def test_the_same_name_under_two_parents_is_no_duplicate() -> None:
    deployment = deploy(lambda: [Inbox("orders"), Inbox("parcels")])

    assert [queue.name for queue in deployment.all(QUEUE)] == ["orders-queue", "parcels-queue"]


def test_a_component_that_forgets_register_outputs_is_seen() -> None:
    deployment = deploy(lambda: [Inbox("good"), Inbox("bad", register=False)])

    url = "https://sqs.eu-west-1.amazonaws.com/111122223333/good-queue-d8f02b5"
    assert deployment.registered_outputs == {inbox_urn("good"): {"queue_url": url}}


def test_secret_inputs_are_unwrapped_and_named() -> None:
    def build() -> None:
        aws.sqs.Queue("orders", name="plain", tags={"owner": pulumi.Output.secret("me")})

    queue = deploy(build).one(QUEUE)

    assert queue.inputs == {"name": "plain", "tags": {"owner": "me"}}
    assert queue.secret_inputs == {"tags"}


def test_outputs_of_what_build_returns_are_resolved() -> None:
    deployment = deploy(lambda: {"inbox": Inbox("orders"), "length": pulumi.Output.from_input(3)})

    assert deployment.result["length"] == 3
    inbox = deployment.result["inbox"]
    url = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders-queue-c28a125"
    assert deployment.outputs_of(inbox) == {"queue_url": url}
    assert deployment.outputs_of(inbox.queue)["arn"] == "arn:aws:sqs:eu-west-1:111122223333:orders-queue-c28a125"


def test_a_preview_knows_inputs_but_nothing_computed() -> None:
    deployment = deploy(lambda: Inbox("orders"), preview=True)

    queue = deployment.outputs_of(deployment.result.queue)
    assert (queue["url"], queue["arn"], queue["id"], queue["name"]) == (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    assert queue["visibility_timeout_seconds"] == 30
    policy = deployment.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
    assert policy.inputs == {"queueUrl": UNKNOWN, "redriveAllowPolicy": UNKNOWN}
    assert deployment.registered_outputs == {inbox_urn("orders"): {"queue_url": UNKNOWN}}


def test_the_vpc_component_gives_its_subnets() -> None:
    vpc = deploy(lambda: awsx.ec2.Vpc("net", number_of_availability_zones=2))

    outputs = vpc.outputs_of(vpc.result)
    assert outputs["vpc_id"].startswith("vpc-")
    assert len(set(outputs["public_subnet_ids"] + outputs["private_subnet_ids"])) == 4


def test_a_type_without_outputs_is_an_error_naming_it() -> None:
    with pytest.raises(UnknownTypeError, match=r"aws:sns/smsPreferences:SmsPreferences .*'texts'"):
        deploy(lambda: aws.sns.SmsPreferences("texts"))


def test_calls_are_recorded() -> None:
    def build() -> None:
        aws.get_region_output(region="eu-west-1")

    assert deploy(build).calls == [Call("aws:index/getRegion:getRegion", {"region": "eu-west-1"}, provider="")]


def test_another_stack_is_referred_to() -> None:
    stack_outputs = {"acme/network/dev": {"vpc_id": "vpc-1"}}

    deployment = deploy(
        lambda: pulumi.StackReference("acme/network/dev").require_output("vpc_id"),
        stack_outputs=stack_outputs,
    )

    assert deployment.result == "vpc-1"


def test_config_reaches_a_program_and_its_exports_come_back(tmp_path: Path) -> None:
    program = tmp_path / "__main__.py"
    program.write_text(
        "import pulumi\n"
        "c = pulumi.Config()\n"
        "pulumi.export('seen', [c.require('image'), c.require_int('count'), c.require_bool('on')])\n"
        "pulumi.export('more', [c.require_object('tags'), pulumi.Config('aws').require('region')])\n"
        "pulumi.export('where', pulumi.Output.concat(pulumi.get_project(), '/', pulumi.get_stack()))\n"
    )
    config = {"image": "nginx", "count": 2, "on": True, "tags": {"a": "b"}, "aws:region": "eu-west-1"}

    deployment = deploy(program, config=config, stack="dev")

    assert deployment.exports == {
        "seen": ["nginx", 2, True],
        "more": [{"a": "b"}, "eu-west-1"],
        "where": "worker-service/dev",
    }


@pytest.mark.parametrize("error", [ValueError("desired_count must be 0 or more"), pulumi.RunError("two problems")])
def test_a_failing_constructor_leaves_nothing_for_the_next_deploy(error: Exception) -> None:
    def failing() -> None:
        Inbox("left", register=False)
        raise error

    with pytest.raises(type(error)) as caught:
        deploy(failing, config={"image": "left"})

    assert caught.value is error
    assert deploy(lambda: aws.sqs.Queue("fresh")).names() == [(QUEUE, "fresh")]
    assert pulumi.runtime.get_config("worker-service:image") is None


def test_a_failing_apply_fails_the_deploy() -> None:
    def build() -> None:
        aws.sqs.Queue("orders").arn.apply(int)

    with pytest.raises(ValueError, match="arn:aws:sqs"):
        deploy(build)


def test_what_a_failed_deploy_leaves_undone_does_not_fail_the_next() -> None:
    def build() -> None:
        for name in ("orders", "parcels", "returns"):
            aws.sqs.Queue(name).arn.apply(int)

    with pytest.raises(ValueError, match="arn:aws:sqs"):
        deploy(build)

    assert deploy(lambda: aws.sqs.Queue("fresh")).names() == [(QUEUE, "fresh")]


def test_each_deploy_has_a_loop_and_settings_of_its_own() -> None:
    def build() -> asyncio.AbstractEventLoop:
        aws.sqs.Queue("orders")
        return asyncio.get_running_loop()

    first = deploy(build, stack="one", project="a", preview=True)
    second = deploy(build)

    assert first.result is not second.result
    assert first.result.is_closed()
    assert [r.urn for r in first.resources] == ["urn:pulumi:one::a::aws:sqs/queue:Queue::orders"]
    assert [r.urn for r in second.resources] == ["urn:pulumi:test::worker-service::aws:sqs/queue:Queue::orders"]
    assert pulumi.runtime.get_root_resource() is None
    assert not pulumi.runtime.is_dry_run()


@pytest.mark.timeout(20)
def test_outputs_made_outside_of_a_program_are_not_waited_for() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    early = pulumi.Output.from_input("early")

    try:
        deployment = deploy(lambda: [aws.get_region().region for _ in range(3)])
    finally:
        asyncio.set_event_loop(None)
        loop.close()

    assert deployment.result == ["eu-west-1"] * 3
    assert isinstance(early, pulumi.Output)
