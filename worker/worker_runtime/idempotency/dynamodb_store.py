"""`once` in a table of DynamoDB, which all tasks of a service share."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Mapping
from typing import Any

from worker_runtime.aws_clients import aws_client
from worker_runtime.errors import SettingsError
from worker_runtime.idempotency.conflicts import write_despite_others
from worker_runtime.idempotency.store import Claim
from worker_runtime.message import Message, current_message

#: What the stack calls its table; docs/worker.md.
TABLE_VARIABLE = "ONCE_TABLE"
#: A handler's has its name and # before it.
_NO_KEY = "rights"
_NOBODY = "nobody"
_NAMES = {
    "#key": "key",
    "#owner": "owner",
    "#locked_until": "locked_until",
    "#forget_at": "forget_at",
    "#done": "done",
    "#result": "result",
}


class DynamoDBStore:
    """Remembers in a table whose partition key is `key`, a text; `forget_at` is its time to live.

    `table` is its name; without one, that of the table which the stack makes with `once_table`. A message costs two
    writes, and one more for each third of a lease that its handler takes. Where a process is killed between the
    handler's effect and the second write, the handler gets the message once more; what it gives to `write` is part of
    the second write, and happens exactly once.
    """

    def __init__(self, table: str | None = None) -> None:
        self._table = table
        self._writes: dict[Message, list[Mapping[str, Any]]] = {}
        """What handlers under way, whose keys are under locks of this store, have given."""

    def write(self, *items: Mapping[str, Any]) -> None:
        """Write with the record, in one transaction: all of it or nothing, once the handler has returned.

        `items` are those of TransactWriteItems, as `{"Put": {"TableName": ..., "Item": ...}}`: 99 at most of a handler,
        in tables of this account and region. Where a condition of one does not hold, the message fails. Raises
        RuntimeError elsewhere than in a handler of one message with `once` over this very store.
        """
        message = current_message.get()
        if message is None or (given := self._writes.get(message)) is None:
            raise RuntimeError(
                "write: only a handler of one message can, with @once over this very store, in its own thread or task"
            )
        given.extend(items)

    def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """As OnceStore says."""
        now = time.time()
        request = self._request(
            key,
            "SET #owner = :owner, #locked_until = :until, #forget_at = :forget_at REMOVE #done, #result",
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
        refused = _update(request)
        if refused is None:
            self._take_writes_from_now_on()
            return Claim("mine")
        if "done" in refused:
            return Claim("done", result=refused.get("result", {}).get("S"))
        return Claim("taken", max(0.0, float(refused["locked_until"]["N"]) - now))

    def finish(self, key: str, owner: str, remember_seconds: float, result: str | None) -> bool:
        """As OnceStore says, together with what the handler has given to `write`."""
        update = self._request(
            key,
            "SET #done = :done, #forget_at = :forget_at, #result = :result REMOVE #locked_until",
            "#owner = :owner AND attribute_not_exists(#done)",
            {
                ":owner": {"S": owner},
                ":done": {"BOOL": True},
                ":forget_at": _whole_number(time.time() + remember_seconds),
                ":result": {"NULL": True} if result is None else {"S": result},
            },
        )
        writes = self._taken_writes()
        if not writes:
            return _update(update) is None
        try:
            return _update_with(update, writes)
        except aws_client("dynamodb").exceptions.TransactionCanceledException:
            self.release(key, owner)  # nothing was written: who tries next need not wait for the end of the lock
            raise

    def release(self, key: str, owner: str) -> None:
        """As OnceStore says; what the handler has given to `write` is dropped."""
        self._taken_writes()
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

    def prove(self) -> None:
        """Raise SettingsError where the table is not there, is none of `once`, or may not be written. It costs two
        writes, and changes nothing: their conditions hold for no record."""
        try:
            self.finish(_NO_KEY, _NOBODY, 1, None)
            self.release(_NO_KEY, _NOBODY)
        except Exception as error:
            raise SettingsError([f"once: the table {self._name()!r} cannot be used: {error}"]) from None

    def _take_writes_from_now_on(self) -> None:
        message = current_message.get()
        if message is not None:
            self._writes.setdefault(message, [])

    def _taken_writes(self) -> list[Mapping[str, Any]]:
        message = current_message.get()
        return self._writes.pop(message, []) if message is not None else []

    def _request(self, key: str, update: str, condition: str, values: dict[str, Any]) -> dict[str, Any]:
        both = update + condition
        return {
            "TableName": self._name(),
            "Key": {"key": {"S": key}},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {name: real for name, real in _NAMES.items() if name in both},
            "ExpressionAttributeValues": values,
        }

    def _name(self) -> str:
        name = self._table or os.environ.get(TABLE_VARIABLE)
        if not name:
            raise SettingsError([f"{TABLE_VARIABLE}: required, the table of once, which the input once_table makes"])
        return name


def _update(request: dict[str, Any]) -> dict[str, Any] | None:
    """Write a record; returns it as it is where the condition does not hold, None where it does."""
    client = aws_client("dynamodb")
    try:
        write_despite_others(lambda: client.update_item(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD"))
    except client.exceptions.ConditionalCheckFailedException as error:
        return error.response.get("Item", {})
    return None


def _update_with(request: dict[str, Any], writes: list[Mapping[str, Any]]) -> bool:
    """Write a record and other items in one transaction; tells whether the record's condition holds."""
    client = aws_client("dynamodb")
    try:
        write_despite_others(lambda: client.transact_write_items(TransactItems=[{"Update": request}, *writes]))
    except client.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0].get("Code") == "ConditionalCheckFailed":
            return False
        raise
    return True


def _number(value: float) -> dict[str, str]:
    return {"N": f"{value:.3f}"}


def _whole_number(value: float) -> dict[str, str]:
    """As DynamoDB wants a time to live."""
    return {"N": str(math.ceil(value))}
