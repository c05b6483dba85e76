"""The denial log counts what repeats and stays bounded."""

from __future__ import annotations

from local.emulator.iam.denial_log import KEPT, Denial, DenialLog


def denial(resource: str) -> Denial:
    return Denial("sns.amazonaws.com", "sqs:SendMessage", resource, "because no policy allows it")


def test_what_repeats_is_counted_and_comes_last() -> None:
    log = DenialLog()
    for resource in ("a", "b", "a"):
        log.add(denial(resource))
    assert [(entry.resource, entry.count) for entry in log.latest()] == [("b", 1), ("a", 2)]
    log.clear()
    assert log.latest() == []


def test_the_oldest_are_dropped_beyond_the_limit() -> None:
    log = DenialLog()
    for number in range(KEPT + 5):
        log.add(denial(str(number)))
    kept = [entry.resource for entry in log.latest()]
    assert kept == [str(number) for number in range(5, KEPT + 5)]


def test_the_message_is_aws_s() -> None:
    assert str(denial("a")) == (
        "User: sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: a "
        "because no policy allows it"
    )
    reworded = Denial("u", "sns:Publish", "arn:aws:sns:r:1:t", "because nothing allows the sns:Publish action")
    assert reworded.message("SNS:Publish") == (
        "User: u is not authorized to perform: SNS:Publish on resource: arn:aws:sns:r:1:t "
        "because nothing allows the SNS:Publish action"
    )
