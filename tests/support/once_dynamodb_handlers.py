"""A handler with `@once` in DynamoDB. It has two effects: a line in a ledger, another system than the record's, and a
number in a table, in one transaction with the record. It runs inside the worker's process.

The body is JSON: `key` says what is to happen once; with `kill`, the process dies `before` the effects of the first
receive, or `after` the key's first line.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

from worker_runtime import DynamoDBStore, Message, once

STORE = DynamoDBStore()
LEDGER = Path(os.environ["LEDGER_FILE"])
_ledger = os.open(LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


@once(STORE, key=lambda message: message.json()["key"])
def handle(message: Message) -> None:
    """Have both effects, in a moment."""
    plan = message.json()
    if plan.get("kill") == "before" and message.receive_count == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    os.write(_ledger, f"{json.dumps({'key': plan['key'], 'pid': os.getpid()})}\n".encode())
    added = {
        "TableName": "effects",
        "Key": {"key": {"S": plan["key"]}},
        "UpdateExpression": "ADD times :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    STORE.write({"Update": added})
    time.sleep(random.uniform(0, 0.02))  # noqa: S311
    if plan.get("kill") == "after" and LEDGER.read_text().count(json.dumps(plan["key"])) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
