"""moto's DynamoDB, as tests of `once` use it: it answers whoever asks, and keeps conditional writes atomic."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from tests.support.dynamodb_server import dynamodb_server
from tests.support.worker_queue import ANY_CREDENTIALS, REGION


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with dynamodb_server() as url:
        yield url


@pytest.fixture
def client(url: str) -> Any:
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=ANY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ANY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(read_timeout=10, retries={"total_max_attempts": 1}),
    )


def test_a_connection_that_asks_nothing_keeps_nobody_waiting(client: Any, url: str) -> None:
    """Clients keep connections for later, as does a proxy before it."""
    server = urlsplit(url)
    with (
        socket.create_connection((server.hostname, server.port)),
        socket.create_connection((server.hostname, server.port)),
    ):
        assert client.list_tables()["TableNames"] == []


def test_of_many_conditional_writes_at_once_one_succeeds(client: Any) -> None:
    client.create_table(
        TableName="once",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def write(number: int) -> bool:
        try:
            client.put_item(
                TableName="once",
                Item={"key": {"S": f"k-{number // 10}"}},
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": "key"},
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(write, range(200))) == 20
