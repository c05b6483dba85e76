"""The box's DynamoDB under many callers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from local.emulator import Emulator
from tests.support.emulator import Cloud


def test_a_transaction_that_fails_takes_nothing_of_the_others_along() -> None:
    with Emulator() as emulator:
        client = Cloud(emulator).admin("dynamodb")
        client.create_table(
            TableName="once",
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName="once", Item={"key": {"S": "taken"}})

        def write(number: int) -> None:
            keys = [f"k-{number}"] if number % 2 else [f"k-{number}", "taken"]
            puts = [
                {
                    "TableName": "once",
                    "Item": {"key": {"S": key}},
                    "ConditionExpression": "attribute_not_exists(#key)",
                    "ExpressionAttributeNames": {"#key": "key"},
                }
                for key in keys
            ]
            try:
                client.transact_write_items(TransactItems=[{"Put": put} for put in puts])
            except client.exceptions.TransactionCanceledException:
                assert "taken" in keys

        with ThreadPoolExecutor(16) as callers:
            list(callers.map(write, range(200)))
        written = {item["key"]["S"] for item in client.scan(TableName="once")["Items"]}
    assert written == {"taken", *(f"k-{number}" for number in range(1, 200, 2))}
