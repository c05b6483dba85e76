"""What `workers migrate verify` says of the settings of queues and subscriptions of both sides, one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from local.emulator import Emulator
from tests.support.emulator import Cloud, allow, policy, topic_policy
from tests.support.move import Move
from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.checks import accepted


@pytest.fixture
def move() -> Iterator[Move]:
    with Emulator() as emulator:
        yield Move(Cloud(emulator))


def left(move: Move) -> list[Check]:
    return [check for check in move.checks() if check.before == Step.UNSUBSCRIBE and not check.is_met]


def set_of(move: Move, url: str, **attributes: str) -> None:
    move.cloud.admin("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)


@pytest.mark.parametrize(
    ("attribute", "before", "now", "told", "is_choice"),
    [
        ("MaximumMessageSize", 1_048_576, 262_144, "larger messages are refused; `max_message_size_bytes`", False),
        ("MessageRetentionPeriod", 345_600, 345_599, "what waits longer is gone; `message_retention_seconds`", True),
        ("VisibilityTimeout", 60, 30, "what takes longer is handled twice; `visibility_timeout_seconds`", True),
        ("DelaySeconds", 5, 0, "messages come sooner; `delay_seconds`", True),
    ],
)
def test_less_than_before_is_not_ready(
    move: Move, attribute: str, before: int, now: int, told: str, is_choice: bool
) -> None:
    set_of(move, move.old.url, **{attribute: str(before)})
    set_of(move, move.new.url, **{attribute: str(now)})
    old, new = (pair.arn.rpartition(":")[2] for pair in (move.old, move.new))

    [check] = left(move)
    assert (check.subject, check.told) == (f"{new}:{attribute}", f"is {now}, of {old} {before}: {told}")
    # What is a choice may be accepted by its name; what is none may not.
    assert check.is_choice == is_choice
    after = [one for one in accepted([check], [check.subject]) if not one.is_met]
    assert after == ([] if is_choice else [check])

    set_of(move, move.new.url, **{attribute: str(before)})
    assert left(move) == []


@pytest.mark.parametrize(
    ("attribute", "input_"),
    [("MaximumMessageSize", "max_message_size_bytes"), ("MessageRetentionPeriod", "dead_letter_retention_seconds")],
)
def test_a_new_dead_letter_queue_keeps_what_the_old_one_did(move: Move, attribute: str, input_: str) -> None:
    set_of(move, move.new.dead_url, **{attribute: "100000"})

    [check] = left(move)
    assert check.subject == f"{move.new.dead_arn.rpartition(':')[2]}:{attribute}"
    assert check.told.endswith(f"`{input_}`")


def test_fewer_receives_and_no_dead_letter_queue_are_not_ready(move: Move) -> None:
    redrive = {"deadLetterTargetArn": move.new.dead_arn, "maxReceiveCount": 2}
    set_of(move, move.new.url, RedrivePolicy=json.dumps(redrive))
    name = move.new.arn.rpartition(":")[2]
    assert [(check.subject, check.is_choice) for check in left(move)] == [(f"{name}:maxReceiveCount", True)]

    set_of(move, move.new.url, RedrivePolicy="")
    assert [(check.subject, check.is_choice) for check in left(move)] == [(f"{name}:RedrivePolicy", False)]


def test_more_than_before_is_ready(move: Move) -> None:
    set_of(move, move.old.url, RedrivePolicy="", VisibilityTimeout="30", MaximumMessageSize="1024")

    assert left(move) == []


@pytest.mark.parametrize(
    ("old", "new", "attribute", "told", "is_choice"),
    [
        ({}, None, "FifoQueue", "is false, of {} true: order is lost, doubles are handled; `fifo`", True),
        (None, {}, "FifoQueue", "is true, of {} false: who sends no group is refused; `fifo`", True),
        (
            {"ContentBasedDeduplication": "true"},
            {},
            "ContentBasedDeduplication",
            "is false, of {} true: who sends no deduplication id is refused; `content_based_deduplication`",
            True,
        ),
        (
            {"DeduplicationScope": "messageGroup"},
            {},
            "DeduplicationScope",
            "is queue, of {} messageGroup: what has the id of another group's message is dropped; `high_throughput`",
            False,
        ),
        (
            {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"},
            {"DeduplicationScope": "messageGroup"},
            "FifoThroughputLimit",
            "is perQueue, of {} perMessageGroupId: senders are throttled sooner; `high_throughput`",
            True,
        ),
    ],
)
def test_what_a_fifo_queue_did_the_new_one_does(
    move: Move,
    old: dict[str, str] | None,
    new: dict[str, str] | None,
    attribute: str,
    told: str,
    is_choice: bool,
) -> None:
    move.old, move.new = (
        move.direct_pair(name, **({} if settings is None else {"FifoQueue": "true", **settings}))
        for name, settings in (("from", old), ("to", new))
    )

    [check] = [check for check in left(move) if check.subject.endswith(f":{attribute}")]
    assert check.subject.startswith(move.new.arn.rpartition(":")[2])
    assert (check.told, check.is_choice) == (told.format(move.old.arn.rpartition(":")[2]), is_choice)


def test_a_queue_is_compared_with_the_one_of_its_topics(move: Move) -> None:
    """The new service has a queue of another topic too, which keeps less."""
    other = move.direct_pair("other", MaximumMessageSize="1024")
    move.more_queues.append(other)
    assert left(move) == []

    set_of(move, move.new.url, MaximumMessageSize="2048")
    assert [check.subject for check in left(move)] == [f"{move.new.arn.rpartition(':')[2]}:MaximumMessageSize"]


def test_a_queue_of_two_topics_is_compared_with_the_new_queue_of_each(move: Move) -> None:
    """What one of them refuses is lost, however well the other one does."""
    second = move.cloud.topic()
    other = move.direct_pair("other", MaximumMessageSize="1024")
    lets_in = {"Policy": topic_policy(other.arn, second)}
    move.cloud.admin("sqs").set_queue_attributes(QueueUrl=other.url, Attributes=lets_in)
    for endpoint in (move.old.arn, other.arn):
        move.cloud.admin("sns").subscribe(TopicArn=second, Protocol="sqs", Endpoint=endpoint)
    move.more_queues.append(other)

    found = {check.subject for check in left(move)}
    assert f"{other.arn.rpartition(':')[2]}:MaximumMessageSize" in found
    assert not any(subject.startswith(f"{move.new.arn.rpartition(':')[2]}:") for subject in found)


def test_another_body_and_what_cannot_be_delivered_are_told(move: Move) -> None:
    waiting = json.dumps({"deadLetterTargetArn": move.old.dead_arn})
    move.subscription(move.old.arn, RawMessageDelivery="true", RedrivePolicy=waiting)
    found = {check.subject.removeprefix(move.topic_arn): check for check in left(move)}

    assert set(found) == {":RawMessageDelivery", ":RedrivePolicy"}
    assert found[":RawMessageDelivery"].told == (
        "is false, to the old queue true: handlers get another body; `raw_message_delivery`"
    )
    assert [found[name].is_choice for name in (":RawMessageDelivery", ":RedrivePolicy")] == [True, False]

    move.subscription(move.new.arn, RawMessageDelivery="true", RedrivePolicy=waiting)
    assert left(move) == []


def test_who_sends_to_an_old_queue_without_a_topic_is_told(move: Move) -> None:
    sends = [
        allow("sqs:SendMessage", move.old.arn, Principal={"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}),
        allow("sqs:*", move.old.arn, Principal={"AWS": "arn:aws:iam::210987654321:root"}),
        allow("sqs:ReceiveMessage", move.old.arn, Principal={"AWS": move.old_role}),
        # As some templates let a topic in.
        allow(
            "sqs:SendMessage",
            move.old.arn,
            Principal="*",
            Condition={"ArnEquals": {"aws:SourceArn": move.topic_arn}},
        ),
    ]
    set_of(move, move.old.url, Policy=policy(*sends))
    name = move.old.arn.rpartition(":")[2]

    told = "its policy lets them send without a topic: point them to the new queue, or to a topic"
    assert move.left(Step.DELETE) == {
        f"{name}:events.amazonaws.com": told,
        f"{name}:arn:aws:iam::210987654321:root": told,
    }
