"""`once` in a table of DynamoDB, which all tasks of a service share."""

from __future__ import annotations

import contextlib
import math
import os
import time
from typing import Any

from worker_runtime.aws_clients import aws_client
from worker_runtime.errors import SettingsError
from worker_runtime.idempotency.store import Claim

#: What the stack calls its table; docs/worker.md.
TABLE_VARIABLE = "ONCE_TABLE"
_NAMES = {
    "#key": "key",
    "#owner": "owner",
    "#locked_until": "locked_until",
    "#forget_at": "forget_at",
    "#done": "done",
}


class DynamoDBStore:
    """Remembers in a table whose partition key is `key`, a text; `forget_at` is its time to live.

    `table` is its name; without one, that of the table which the stack makes with `once_table`. A message costs two
    writes, and one more for each third of a lease that its handler takes. Where a process is killed between the
    handler's effect and the second write, the handler gets the message once more.
    """

    def __init__(self, table: str | None = None) -> None:
        self._table = table

    def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """As OnceStore says."""
        now = time.time()
        refused = self._update(
            key,
            "SET #owner = :owner, #locked_until = :until, #forget_at = :forget_at REMOVE #done",
            # What is out of date stays for up to two days:
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
            "attribute_not_exists(#key) OR #forget_at <= :now"
            " OR (attribute_not_exists(#done) AND (#locked_until <= :now OR #owner = :owner))",
            {
                ":owner": {"S": owner},
                ":now": _number(now),
                ":until": _number(now + seconds),
                ":forget_at": _whole_number(now + seconds),
            },
        )
        if refused is None:
            return Claim("mine")
        if "done" in refused:
            return Claim("done")
        return Claim("taken", max(0.0, float(refused["locked_until"]["N"]) - now))

    def finish(self, key: str, owner: str, remember_seconds: float) -> bool:
        """As OnceStore says."""
        refused = self._update(
            key,
            "SET #done = :done, #forget_at = :forget_at REMOVE #locked_until",
            "#owner = :owner AND attribute_not_exists(#done)",
            {
                ":owner": {"S": owner},
                ":done": {"BOOL": True},
                ":forget_at": _whole_number(time.time() + remember_seconds),
            },
        )
        return refused is None

    def release(self, key: str, owner: str) -> None:
        """As OnceStore says."""
        client = aws_client("dynamodb")
        # Else it is another one's by now.
        with contextlib.suppress(client.exceptions.ConditionalCheckFailedException):
            client.delete_item(
                TableName=self._name(),
                Key={"key": {"S": key}},
                ConditionExpression="#owner = :owner AND attribute_not_exists(#done)",
                ExpressionAttributeNames={name: _NAMES[name] for name in ("#owner", "#done")},
                ExpressionAttributeValues={":owner": {"S": owner}},
            )

    def check(self) -> None:
        """Raise SettingsError where nobody says which table it is."""
        self._name()

    def _update(self, key: str, update: str, condition: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """Write the record; returns it as it is where the condition does not hold, None where it does."""
        client = aws_client("dynamodb")
        both = update + condition
        try:
            client.update_item(
                TableName=self._name(),
                Key={"key": {"S": key}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={name: real for name, real in _NAMES.items() if name in both},
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except client.exceptions.ConditionalCheckFailedException as error:
            return error.response.get("Item", {})
        return None

    def _name(self) -> str:
        name = self._table or os.environ.get(TABLE_VARIABLE)
        if not name:
            raise SettingsError([f"{TABLE_VARIABLE}: required, the table of once, which the input once_table makes"])
        return name


def _number(value: float) -> dict[str, str]:
    return {"N": f"{value:.3f}"}


def _whole_number(value: float) -> dict[str, str]:
    """As DynamoDB wants a time to live."""
    return {"N": str(math.ceil(value))}
