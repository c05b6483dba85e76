"""The stores that come with the runtime: each keeps the same promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from worker_runtime import DynamoDBStore, OnceStore, SQLiteStore, aws_clients


@pytest.fixture(params=["sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OnceStore]:
    if request.param == "sqlite":
        sqlite = SQLiteStore(tmp_path / "once.sqlite")
        yield sqlite
        sqlite.connection.close()
        return
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "QUEUE_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws_clients, "_clients", {})
    with mock_aws():
        boto3.client("dynamodb", region_name="eu-west-1").create_table(
            TableName="once",
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        monkeypatch.setenv("ONCE_TABLE", "once")
        yield DynamoDBStore()
