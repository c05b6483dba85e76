"""What `workers migrate verify` sees of consumers, roles, alarms and keys of both sides in an account."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from local.emulator import Emulator
from tests.support.emulator import REGION, Cloud, allow, policy, topic_policy
from tests.support.move import PAGER, Move
from tests.support.workers_cli import SETTINGS
from worker_ops.account import Account
from worker_ops.cli import app
from worker_ops.errors import OpsError
from worker_ops.migrate.both_sides.check import Step
from worker_ops.migrate.both_sides.checks import accepted, checks

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
SNS_MAY = allow(["kms:GenerateDataKey*", "kms:Decrypt"], "*", Principal={"Service": "sns.amazonaws.com"})
ROOT_MAY = allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})


@pytest.fixture
def move() -> Iterator[Move]:
    with Emulator() as emulator:
        yield Move(Cloud(emulator))


def test_nothing_is_left_where_both_sides_are_alike(move: Move) -> None:
    move.runs("old")

    assert (move.left(Step.UNSUBSCRIBE), move.left(Step.DELETE)) == ({}, {})


def test_it_only_reads_so_that_whoever_kills_it_asks_again(move: Move) -> None:
    services = ("cloudwatch", "ecs", "iam", "kms", "sns", "sqs")
    role = move.cloud.role(allow([f"{name}:{verb}*" for name in services for verb in ("Get", "List", "Describe")], "*"))
    credentials = move.cloud.emulator.task_credentials(role)
    account = Account(
        region=REGION,
        endpoint_url=move.cloud.emulator.endpoint_url,
        credentials={name.lower(): value for name, value in credentials.items()},
    )

    assert checks(account, [move.old.url], move.taking()) == move.checks()
    assert move.cloud.emulator.denials == []


def test_new_tasks_have_to_run(move: Move) -> None:
    move.runs("new", 0)
    assert move.left(Step.UNSUBSCRIBE) == {"new": "0 of 1 tasks run: workers status says why"}

    move.cloud.admin("ecs").update_service(cluster="shop", service="new", desiredCount=0)
    assert move.left(Step.UNSUBSCRIBE) == {}


def test_what_waits_in_an_old_queue_needs_somebody_who_reads_it(move: Move) -> None:
    move.cloud.admin("sqs").send_message(QueueUrl=move.old.url, MessageBody="waiting")

    assert "1 messages lie in the old queues and no task reads them" in move.left(Step.DELETE)["old"]
    move.runs("old")
    assert set(move.left(Step.DELETE)) == {move.old.arn.rpartition(":")[2]}

    move.cloud.admin("ecs").delete_service(cluster="shop", service="old", force=True)
    assert "name who by --old-service" in move.left(Step.DELETE)["old consumers"]
    move.cloud.admin("ecs").create_cluster(clusterName="elsewhere")
    move.service("other", move.old_role, cluster="elsewhere", QUEUE="told otherwise")
    assert set(move.left(Step.DELETE, ("elsewhere", "other"))) == {"other", move.old.arn.rpartition(":")[2]}


def test_whoever_else_names_an_old_queue_is_told(move: Move) -> None:
    move.service("desk", move.old_role, ORDERS=move.old.url)

    name = move.old.arn.rpartition(":")[2]
    assert move.left(Step.DELETE) == {
        "desk": f"names {name} in ORDERS: point it to the new queue, or to its topic",
    }


def test_a_right_that_the_new_role_lacks_is_told_by_its_action(move: Move) -> None:
    move.right(move.old_role, "table", ["dynamodb:GetItem", "dynamodb:PutItem"], TABLE)
    move.right(move.new_role, "table", "dynamodb:Get*", TABLE)
    names = [arn.rpartition("/")[2] for arn in (move.old_role, move.new_role)]

    assert move.left(Step.UNSUBSCRIBE) == {
        "dynamodb:PutItem": f"{names[0]} may on {TABLE}, {names[1]} may not: `task_policies`, where a handler calls it"
    }


def test_managed_policies_count_and_so_does_a_right_on_the_old_queue(move: Move) -> None:
    iam = move.cloud.admin("iam")
    arn = iam.create_policy(PolicyName="addon", PolicyDocument=policy(allow("s3:GetObject", "*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=move.old_role.rpartition("/")[2], PolicyArn=arn)
    move.right(move.old_role, "sends", "sqs:SendMessage", move.old.arn)
    assert set(move.left(Step.UNSUBSCRIBE)) == {"s3:GetObject"}

    iam.attach_role_policy(RoleName=move.new_role.rpartition("/")[2], PolicyArn=arn)
    assert move.left(Step.UNSUBSCRIBE) == {}


def test_an_alarm_that_told_somebody_needs_a_new_one_that_does(move: Move) -> None:
    move.alarm("old-dead", move.old.dead_arn)
    move.alarm("old-age", move.old.arn, "ApproximateAgeOfOldestMessage")
    move.alarm("of-scaling", move.old.arn, AlarmActions=["arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1"])
    move.alarm("of-a-rollback", move.old.arn, AlarmActions=[])
    # On the main queue, and without anybody who is told.
    move.alarm("new-visible", move.new.arn)
    move.alarm("new-age", move.new.arn, "ApproximateAgeOfOldestMessage", AlarmActions=[])

    told = "no alarm that tells somebody is on AWS/SQS {} of the new {}: alarm_topic_arn or your own"
    assert move.left(Step.DELETE) == {
        "old-dead": told.format("ApproximateNumberOfMessagesVisible", "dead-letter queue"),
        "old-age": told.format("ApproximateAgeOfOldestMessage", "queue"),
    }

    move.alarm("new-dead", move.new.dead_arn)
    move.alarm("new-age", move.new.arn, "ApproximateAgeOfOldestMessage")
    assert move.left(Step.DELETE) == {}


def test_an_alarm_on_metric_math_covers_what_it_reads(move: Move) -> None:
    move.alarm("old-visible", move.old.arn)
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": move.new.arn.rpartition(":")[2]}],
    }
    move.cloud.admin("cloudwatch").put_metric_alarm(
        AlarmName="new-math",
        ComparisonOperator="GreaterThanThreshold",
        Threshold=1,
        EvaluationPeriods=1,
        AlarmActions=[PAGER],
        Metrics=[
            {"Id": "seen", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "sum", "Expression": "seen * 2"},
        ],
    )

    assert move.left(Step.DELETE) == {}


def test_keys_are_there_as_long_as_messages_need_them_and_let_sns_deliver(move: Move) -> None:
    kms, sqs = move.cloud.admin("kms"), move.cloud.admin("sqs")
    old_key = kms.create_key(Policy=policy(ROOT_MAY, SNS_MAY))["KeyMetadata"]
    new_key = kms.create_key(Policy=policy(ROOT_MAY))["KeyMetadata"]
    for url in (move.old.url, move.old.dead_url):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": old_key["KeyId"]})
    sqs.set_queue_attributes(QueueUrl=move.new.url, Attributes={"KmsMasterKeyId": new_key["Arn"]})
    old_name, new_name = f"key {old_key['Arn']}", f"key {new_key['Arn']}"

    assert move.left(Step.UNSUBSCRIBE) == {
        new_name: "its policy does not let sns.amazonaws.com kms:GenerateDataKey and kms:Decrypt"
    }
    kms.put_key_policy(KeyId=new_key["KeyId"], PolicyName="default", Policy=policy(ROOT_MAY, SNS_MAY))
    assert (move.left(Step.UNSUBSCRIBE), move.left(Step.DELETE)) == ({}, {})

    move.runs("old")
    sqs.send_message(QueueUrl=move.old.url, MessageBody="waiting")
    assert move.left(Step.DELETE)[old_name] == "what lies in the queues needs it to be read"
    kms.schedule_key_deletion(KeyId=old_key["KeyId"], PendingWindowInDays=7)
    assert "is PendingDeletion, so what lies in the queues cannot be read" in move.left(Step.UNSUBSCRIBE)[old_name]
    kms.disable_key(KeyId=new_key["KeyId"])
    assert move.left(Step.UNSUBSCRIBE)[new_name] == "is Disabled: nothing can be delivered to the new queues"


def test_an_old_key_that_new_queues_need_is_told(move: Move) -> None:
    key = move.cloud.admin("kms").create_key(Policy=policy(ROOT_MAY, SNS_MAY))["KeyMetadata"]
    for url, key_id in ((move.old.url, key["KeyId"]), (move.new.url, key["Arn"])):
        move.cloud.admin("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key_id})

    assert "is encrypted with it too: DeletionPolicy Retain" in move.left(Step.DELETE)[f"key {key['Arn']}"]


def test_what_is_a_choice_can_be_accepted_and_nothing_else(move: Move) -> None:
    move.right(move.old_role, "table", "dynamodb:PutItem", TABLE)
    move.cloud.admin("sqs").send_message(QueueUrl=move.old.url, MessageBody="waiting")
    names = ["dynamodb:PutItem", move.old.arn.rpartition(":")[2], "old", move.topic_arn]

    left = {check.subject for check in accepted(move.checks(), names) if not check.is_met}
    assert left == set(names) - {"dynamodb:PutItem"}


def test_a_new_filter_that_leaves_out_more_is_told_before_the_old_subscription_ends(move: Move) -> None:
    said = {"event": ["made", "paid"]}
    move.filter(move.old.arn, said)
    assert move.of_topic(Step.UNSUBSCRIBE) == [(True, "delivers to a new queue too")]

    move.filter(move.new.arn, {"event": ["made"]})
    [_, (is_met, told)] = move.of_topic(Step.UNSUBSCRIBE)
    assert not is_met
    assert told.startswith(
        "no new queue has the old queue's filter policy, or none: what the new ones leave out is lost"
    )
    assert [check.subject for check in accepted(move.checks(), [move.topic_arn]) if "left out" in check.told] == [
        move.topic_arn
    ]

    move.filter(move.new.arn, said, FilterPolicyScope="MessageBody")
    assert len(move.of_topic(Step.UNSUBSCRIBE)) == 2
    move.filter(move.new.arn, said, FilterPolicyScope="MessageAttributes")
    assert move.of_topic(Step.UNSUBSCRIBE) == [(True, "delivers to a new queue too")]


def test_a_subscription_that_nobody_confirmed_delivers_nothing(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    call = move.account.call

    def pending(service: str, operation: str, **arguments: object) -> dict[str, object]:
        answer = call(service, operation, **arguments)
        for one in answer.get("Subscriptions", []):
            if one["Endpoint"] == move.new.arn:
                one["SubscriptionArn"] = "PendingConfirmation"
        return answer

    monkeypatch.setattr(move.account, "call", pending)

    assert move.of_topic(Step.UNSUBSCRIBE) == [(False, "delivers to the old queue alone: `pulumi up` comes first")]


@pytest.mark.parametrize("lets_another_in", [False, True])
def test_a_new_queue_that_does_not_let_its_topic_in_gets_nothing(move: Move, lets_another_in: bool) -> None:
    given = topic_policy(move.new.arn, move.cloud.topic()) if lets_another_in else ""
    move.cloud.admin("sqs").set_queue_attributes(QueueUrl=move.new.url, Attributes={"Policy": given})

    told = (
        f"its policy does not let sns.amazonaws.com sqs:SendMessage from {move.topic_arn}: what the topic delivers does"
        " not arrive"
    )
    assert move.left(Step.UNSUBSCRIBE) == {move.new.arn.rpartition(":")[2]: told}


def test_every_queue_of_an_old_service_has_to_be_looked_at(move: Move) -> None:
    refunds, _ = move.cloud.queue("refunds")
    uris = json.dumps({"shopRefundsEventsQueue": refunds})
    move.cloud.admin("ecs").delete_service(cluster="shop", service="old", force=True)
    move.service("both", move.old_role, COPILOT_QUEUE_URI=move.old.url, COPILOT_TOPIC_QUEUE_URIS=uris)

    told = f"both reads it too, and nobody has looked at it: give --old {refunds} as well"
    assert move.left(Step.UNSUBSCRIBE) == {refunds.rpartition("/")[2]: told}
    found = checks(move.account, [move.old.url, refunds], move.taking())
    assert [check for check in found if "nobody has looked at it" in check.told] == []


def test_a_queue_whose_name_begins_as_an_old_one_is_another_one(move: Move) -> None:
    move.service("desk", move.old_role, QUEUE_URI=f"{move.old.url}-v2", FAST=f"{move.old.url}.fifo")

    assert move.left(Step.DELETE) == {}


def test_a_queue_that_was_taken_over_is_refused(move: Move) -> None:
    with pytest.raises(OpsError, match="is a queue of the new service itself, which took it over"):
        checks(move.account, [move.new.url], move.taking())


def test_a_dead_letter_queue_that_is_named_too_is_told_once(move: Move) -> None:
    move.cloud.admin("sqs").send_message(QueueUrl=move.old.dead_url, MessageBody="dead")

    for urls in ([move.old.url, move.old.dead_url], [move.old.dead_url, move.old.url]):
        left = [check for check in checks(move.account, urls, move.taking()) if not check.is_met]
        assert [check.subject for check in left] == [move.topic_arn, move.old.dead_arn.rpartition(":")[2]]


def test_an_alarm_whose_actions_are_off_tells_nobody(move: Move) -> None:
    move.alarm("old-age", move.old.arn, "ApproximateAgeOfOldestMessage")
    move.alarm("old-off", move.old.dead_arn, ActionsEnabled=False)
    move.alarm("new-age", move.new.arn, "ApproximateAgeOfOldestMessage", ActionsEnabled=False)

    assert set(move.left(Step.DELETE)) == {"old-age"}


def test_an_alarm_on_a_service_of_the_same_name_elsewhere_is_the_old_ones(move: Move) -> None:
    move.cloud.admin("ecs").create_cluster(clusterName="elsewhere")
    move.service("new", move.old_role, cluster="elsewhere", COPILOT_QUEUE_URI=move.old.url)

    def of_cpu(name: str, cluster: str) -> None:
        of = [{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": "new"}]
        move.alarm(name, move.old.arn, "CPUUtilization", Namespace="AWS/ECS", Dimensions=of)

    of_cpu("old-cpu", "elsewhere")
    assert set(move.left(Step.DELETE, ("elsewhere", "new"))) == {"old-cpu"}
    of_cpu("new-cpu", "shop")
    assert move.left(Step.DELETE, ("elsewhere", "new")) == {}


@pytest.mark.parametrize("text", ["orders", "a/b/c", "/orders", "arn:aws:ecs:eu-west-1:1:service/a/b"])
def test_an_old_service_is_named_by_cluster_and_name(move: Move, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    options = ("--old", move.old.url, "--old-service", text, "--queue", move.new.url)
    done = CliRunner().invoke(app, ["migrate", "verify", *options])

    assert done.exit_code == 2
    assert f"--old-service: {text!r} is not CLUSTER/SERVICE" in done.stderr


def test_an_old_service_that_is_not_there_is_told(move: Move) -> None:
    with pytest.raises(OpsError, match="the cluster shop has no service orders"):
        move.checks(("shop", "orders"))
