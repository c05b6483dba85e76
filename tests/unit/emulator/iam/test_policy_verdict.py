"""What a policy says about a request: one row for each rule of IAM that the emulator judges."""

from __future__ import annotations

from typing import Any

import pytest

from local.emulator.iam.policy_verdict import (
    Principal,
    Request,
    UnsupportedPolicyError,
    Verdict,
    delegates_to_account,
    identity_verdict,
    resource_verdict,
)

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders"
ROLE = "arn:aws:iam::123456789012:role/worker"
SESSION = "arn:aws:sts::123456789012:assumed-role/worker/task"
ROOT = "arn:aws:iam::123456789012:root"
WORKER = Principal(arns=(SESSION, ROLE), account="123456789012")
SNS = Principal(service="sns.amazonaws.com")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "sqs:SendMessage", "Resource": QUEUE, **elements}


def without(element: str, **elements: Any) -> dict[str, Any]:
    whole = statement(**elements)
    del whole[element]
    return whole


def ask(*statements: dict[str, Any], action: str = "sqs:SendMessage", **request: Any) -> Verdict:
    asked = {"principal": WORKER, "action": action, "resource": QUEUE, **request}
    return identity_verdict([{"Statement": list(statements)}], Request(**asked))


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("sqs:SendMessage", "sqs:SendMessage", Verdict.ALLOW),
        ("SQS:sendmessage", "sqs:SendMessage", Verdict.ALLOW),
        ("sqs:SendMessage", "sqs:SendMessageBatch", Verdict.NONE),
        ("sqs:Send*", "sqs:SendMessageBatch", Verdict.ALLOW),
        ("sqs:*Message", "sqs:SendMessage", Verdict.ALLOW),
        ("sqs:Get?ueueUrl", "sqs:GetQueueUrl", Verdict.ALLOW),
        ("sqs:Get?ueueUrl", "sqs:GetueueUrl", Verdict.NONE),
        ("sqs:*", "sns:Publish", Verdict.NONE),
        ("*", "sns:Publish", Verdict.ALLOW),
        (["sns:Publish", "sqs:SendMessage"], "sqs:SendMessage", Verdict.ALLOW),
        ([], "sqs:SendMessage", Verdict.NONE),
        ("sqs.SendMessage", "sqs:SendMessage", Verdict.NONE),
    ],
)
def test_action(pattern: str | list[str], action: str, expected: Verdict) -> None:
    assert ask(statement(Action=pattern), action=action) is expected


@pytest.mark.parametrize(("action", "expected"), [("sqs:SendMessage", Verdict.NONE), ("sqs:X", Verdict.ALLOW)])
def test_not_action_matches_every_other_action(action: str, expected: Verdict) -> None:
    assert ask(without("Action", NotAction="SQS:SendMessage"), action=action) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (QUEUE, Verdict.ALLOW),
        (QUEUE.upper(), Verdict.NONE),
        (QUEUE + "-dlq", Verdict.NONE),
        ("arn:aws:sqs:eu-west-1:123456789012:ord*", Verdict.ALLOW),
        ("arn:aws:sqs:eu-west-1:123456789012:order?", Verdict.ALLOW),
        ("arn:aws:sqs:*:123456789012:orders", Verdict.ALLOW),
        ("arn:aws:sqs:*", Verdict.ALLOW),
        ("*", Verdict.ALLOW),
        ("arn:aws:sqs:e*1:123456789012:orders", Verdict.ALLOW),
        ("arn:aws:sqs:e*2:orders", Verdict.NONE),
        ("arn:aws:sns:*", Verdict.NONE),
    ],
)
def test_resource(pattern: str, expected: Verdict) -> None:
    assert ask(statement(Resource=pattern)) is expected


def test_a_star_within_a_part_does_not_reach_over_a_colon() -> None:
    assert ask(statement(Resource="arn:aws:sqs:eu*2:orders")) is Verdict.NONE
    assert ask(statement(Resource="arn:aws:sqs:eu*rders")) is Verdict.NONE


@pytest.mark.parametrize(
    ("excluded", "expected"),
    [(QUEUE, Verdict.NONE), ("arn:aws:sqs:eu-west-1:123456789012:other", Verdict.ALLOW)],
)
def test_not_resource(excluded: str, expected: Verdict) -> None:
    assert ask(without("Resource", NotResource=excluded)) is expected


def test_an_unknown_resource_is_judged_by_action() -> None:
    assert ask(statement(), resource=None) is Verdict.ALLOW
    assert ask(statement(), statement("Deny"), resource=None) is Verdict.ALLOW
    assert ask(statement(), statement("Deny", Resource="*"), resource=None) is Verdict.DENY


def test_an_explicit_deny_wins_over_any_allow() -> None:
    assert ask(statement(), statement("Deny", Resource="*")) is Verdict.DENY
    assert ask(statement("Deny"), statement()) is Verdict.DENY


def test_no_policy_allows_nothing() -> None:
    assert identity_verdict([], Request(WORKER, "sqs:SendMessage", QUEUE)) is Verdict.NONE


def test_a_single_statement_needs_no_list() -> None:
    policy = {"Statement": statement()}
    assert identity_verdict([policy], Request(WORKER, "sqs:SendMessage", QUEUE)) is Verdict.ALLOW


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "false"}, True),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:SecureTransport": "false"}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "true"}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, {}, False),
        ({"BoolIfExists": {"aws:SecureTransport": "false"}}, {}, True),
        ({"StringEquals": {"AWS:sourceaccount": "1"}}, {"aws:SourceAccount": "1"}, True),
        ({"StringEquals": {"aws:SourceAccount": ["1", "2"]}}, {"aws:SourceAccount": "2"}, True),
        ({"StringEquals": {"aws:SourceAccount": "a*"}}, {"aws:SourceAccount": "abc"}, False),
        ({"StringEquals": {"aws:SourceAccount": "1"}}, {}, False),
        ({"StringEqualsIgnoreCase": {"k": "AbC"}}, {"k": "aBc"}, True),
        ({"StringNotEqualsIgnoreCase": {"k": "AbC"}}, {"k": "aBc"}, False),
        ({"StringLike": {"k": "a*c"}}, {"k": "abc"}, True),
        ({"StringNotLike": {"k": "a*c"}}, {"k": "abc"}, False),
        ({"StringNotEquals": {"k": "1"}}, {"k": "2"}, True),
        ({"StringNotEquals": {"k": ["1", "2"]}}, {"k": "2"}, False),
        ({"StringNotEquals": {"k": "1"}}, {}, True),
        ({"StringEqualsIfExists": {"k": "1"}}, {"k": "2"}, False),
        ({"ArnEquals": {"aws:SourceArn": TOPIC}}, {"aws:SourceArn": TOPIC}, True),
        ({"ArnEquals": {"aws:SourceArn": TOPIC}}, {"aws:SourceArn": TOPIC + "2"}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:orders"}}, {"aws:SourceArn": TOPIC}, True),
        ({"ArnLike": {"aws:SourceArn": TOPIC}}, {}, False),
        ({"ArnNotEquals": {"aws:SourceArn": TOPIC}}, {"aws:SourceArn": TOPIC}, False),
        ({"ArnNotLike": {"aws:SourceArn": TOPIC}}, {}, True),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": "true"}}, {"k": "1"}, False),
        ({"StringEquals": {"a": "1", "b": "2"}}, {"a": "1", "b": "3"}, False),
        ({"StringEquals": {"a": "1"}, "ArnLike": {"b": "arn:*"}}, {"a": "1", "b": "arn:x"}, True),
    ],
)
def test_condition(condition: dict[str, Any], context: dict[str, str], holds: bool) -> None:
    verdict = ask(statement(Condition=condition), context=context)
    assert verdict is (Verdict.ALLOW if holds else Verdict.NONE)


@pytest.mark.parametrize(
    "unsupported",
    [
        statement(Condition={"ForAnyValue:StringEquals": {"k": "v"}}),
        statement(Condition={"NumericLessThan": {"k": "1"}}),
        statement(Resource="arn:aws:sqs:*:*:${aws:username}"),
    ],
)
def test_what_cannot_be_judged_is_said_and_not_guessed(unsupported: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedPolicyError, match="the emulator can't judge"):
        ask(unsupported)


@pytest.mark.parametrize(
    ("effect", "named", "principal", "expected"),
    [
        ("Allow", "*", WORKER, Verdict.ALLOW),
        ("Allow", {"AWS": "*"}, WORKER, Verdict.ALLOW),
        ("Allow", {"AWS": ROLE}, WORKER, Verdict.ALLOW),
        ("Allow", {"AWS": [SESSION]}, WORKER, Verdict.ALLOW),
        ("Allow", {"AWS": ROLE + "2"}, WORKER, Verdict.NONE),
        ("Allow", {"AWS": ROOT}, WORKER, Verdict.NONE),
        ("Allow", {"AWS": "123456789012"}, WORKER, Verdict.NONE),
        ("Allow", {"AWS": ROOT}, Principal(arns=(ROOT,), account="123456789012"), Verdict.ALLOW),
        ("Allow", {"AWS": "123456789012"}, Principal(arns=(ROOT,), account="123456789012"), Verdict.ALLOW),
        ("Deny", {"AWS": ROOT}, WORKER, Verdict.DENY),
        ("Deny", {"AWS": "123456789012"}, WORKER, Verdict.DENY),
        ("Deny", {"AWS": "210987654321"}, WORKER, Verdict.NONE),
        ("Allow", {"Service": "sns.amazonaws.com"}, SNS, Verdict.ALLOW),
        ("Allow", {"Service": ["s3.amazonaws.com"]}, SNS, Verdict.NONE),
        ("Allow", {"Service": "sns.amazonaws.com"}, WORKER, Verdict.NONE),
        ("Deny", {"AWS": ""}, SNS, Verdict.NONE),
    ],
)
def test_principal(effect: str, named: Any, principal: Principal, expected: Verdict) -> None:
    policy = {"Statement": [statement(effect, Principal=named)]}
    assert resource_verdict(policy, Request(principal, "sqs:SendMessage", QUEUE)) is expected


def test_a_resource_policy_without_a_principal_names_nobody() -> None:
    policy = {"Statement": [statement()]}
    assert resource_verdict(policy, Request(WORKER, "sqs:SendMessage", QUEUE)) is Verdict.NONE


def test_not_principal_is_not_guessed() -> None:
    policy = {"Statement": [statement("Deny", NotPrincipal={"AWS": ROLE})]}
    with pytest.raises(UnsupportedPolicyError, match="NotPrincipal"):
        resource_verdict(policy, Request(WORKER, "sqs:SendMessage", QUEUE))


def test_a_trust_policy_has_no_resource() -> None:
    trust = without("Resource", Action="sts:AssumeRole", Principal={"Service": "ecs-tasks.amazonaws.com"})
    request = Request(Principal(service="ecs-tasks.amazonaws.com"), "sts:AssumeRole", ROLE)
    assert resource_verdict({"Statement": [trust]}, request) is Verdict.ALLOW


@pytest.mark.parametrize(
    ("named", "action", "expected"),
    [
        ({"AWS": ROOT}, "kms:*", True),
        ({"AWS": "123456789012"}, "kms:*", True),
        ({"AWS": ROOT}, "kms:Put*", False),
        ({"AWS": ROLE}, "kms:*", False),
    ],
)
def test_delegation_to_the_account(named: Any, action: str, expected: bool) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    policy = {"Statement": [{"Effect": "Allow", "Principal": named, "Action": action, "Resource": "*"}]}
    assert delegates_to_account(policy, Request(WORKER, "kms:Decrypt", key)) is expected
