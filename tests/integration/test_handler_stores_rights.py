"""What the task role may do with what handlers keep things in is what the runtime does, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.emulator import Emulator
from tests.support.emulator import REGION, Cloud, allow, refused
from worker_runtime import Claim, DynamoDBStore, Reject, aws_clients
from worker_runtime.errors import SettingsError
from worker_runtime.large_messages.stored_body import StoredBody, delete_all, prove_readable, store
from worker_service.policies.large_messages import use_large_messages
from worker_service.policies.task_roles import ONCE_ACTIONS


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


def test_the_store_works_with_the_rights_of_the_task_role(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    arns = {
        name: cloud.admin("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )["TableDescription"]["TableArn"]
        for name in ("orders-once", "strangers")
    }
    role = cloud.as_role("dynamodb", allow(ONCE_ACTIONS, arns["orders-once"]))
    monkeypatch.setenv("QUEUE_REGION", REGION)
    monkeypatch.setattr(aws_clients, "_clients", {("dynamodb", REGION): role})
    store = DynamoDBStore("orders-once")

    store.prove()
    assert store.claim("k", "a", 60).state == "mine"
    assert store.claim("k", "b", 60).state == "taken"
    store.release("k", "a")
    store.claim("k", "b", 60)
    assert store.finish("k", "b", 60, None)
    assert store.claim("k", "a", 60) == Claim("done")
    others = {"Put": {"TableName": "strangers", "Item": {"key": {"S": "k"}}}}
    own = {"Delete": {"TableName": "orders-once", "Key": {"key": {"S": "k"}}}}
    assert refused(role.transact_write_items, TransactItems=[own, others])[0] == "AccessDeniedException"
    role.transact_write_items(TransactItems=[own])
    code, _, message = refused(DynamoDBStore("strangers").claim, key="k", owner="a", seconds=60)
    assert code == "AccessDeniedException"
    assert arns["strangers"] in message
    with pytest.raises(SettingsError, match=r"^once: the table 'strangers' cannot be used: .*dynamodb:UpdateItem"):
        DynamoDBStore("strangers").prove()
    assert refused(role.get_item, TableName="orders-once", Key={"key": {"S": "k"}})[0] == "AccessDeniedException"


def test_large_bodies_are_used_with_the_rights_of_the_task_role(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("orders-large", "strangers-large"):
        cloud.admin("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    statements = use_large_messages("arn:aws:s3:::orders-large", delete=True)
    role = cloud.as_role("s3", *statements)
    monkeypatch.setenv("QUEUE_REGION", REGION)
    monkeypatch.setattr(aws_clients, "_clients", {("s3", REGION): role})

    prove_readable("orders-large")
    stored, attributes = store("orders-large", "tea")
    assert attributes == {"ExtendedPayloadSize": 3}
    assert stored.read() == "tea"
    assert not delete_all([stored])
    with pytest.raises(Reject, match="is gone"):
        stored.read()
    with pytest.raises(
        SettingsError, match=r"^WORKER_LARGE_MESSAGES.bucket: 'strangers-large' cannot be read: .*AccessD"
    ):
        prove_readable("strangers-large")
    code, _, _ = refused(StoredBody("strangers-large", "k").read)
    assert code == "AccessDenied"


@pytest.mark.parametrize("missing", ["UpdateItem", "DeleteItem"])
def test_each_right_that_the_store_lacks_is_named(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    table = f"once-without-{missing}"
    arn = cloud.admin("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    left = [action for action in ONCE_ACTIONS if action != f"dynamodb:{missing}"]
    monkeypatch.setenv("QUEUE_REGION", REGION)
    monkeypatch.setattr(aws_clients, "_clients", {("dynamodb", REGION): cloud.as_role("dynamodb", allow(left, arn))})
    with pytest.raises(SettingsError, match=f"^once: the table '{table}' cannot be used: .*dynamodb:{missing}"):
        DynamoDBStore(table).prove()
