"""What the task role may do with the table of `once` is what the runtime's store does, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.emulator import Emulator
from tests.support.emulator import REGION, Cloud, allow, refused
from worker_runtime import Claim, DynamoDBStore, aws_clients
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

    assert store.claim("k", "a", 60).state == "mine"
    assert store.claim("k", "b", 60).state == "taken"
    store.release("k", "a")
    store.claim("k", "b", 60)
    assert store.finish("k", "b", 60)
    assert store.claim("k", "a", 60) == Claim("done")
    code, _, message = refused(DynamoDBStore("strangers").claim, key="k", owner="a", seconds=60)
    assert code == "AccessDeniedException"
    assert arns["strangers"] in message
    assert refused(role.get_item, TableName="orders-once", Key={"key": {"S": "k"}})[0] == "AccessDeniedException"
