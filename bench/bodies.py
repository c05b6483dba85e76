"""Message bodies: 200 bytes of JSON with the message's number, alone or in a library's own wrapping."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

BODY_BYTES = 200
#: Makes the body with a number, for a queue's name.
MakeBody = Callable[[int, str], str]


def plain(number: int, _queue_name: str) -> str:
    """A document that names the number in seven digits, the ledger's line, and is padded."""
    document = {"number": f"{number:07}", "text": ""}
    document["text"] = "x" * (BODY_BYTES - len(json.dumps(document)))
    return json.dumps(document)


def celery(number: int, queue_name: str) -> str:
    """A Celery task (message protocol 2) with the plain body as its argument.

    https://docs.celeryq.dev/en/stable/internals/protocol.html
    """
    identity = f"00000000-0000-4000-8000-{number:012}"
    arguments = [[plain(number, queue_name)], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
    document = {
        "body": base64.b64encode(json.dumps(arguments).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "handle", "id": identity, "root_id": identity, "retries": 0},
        "properties": {
            "correlation_id": identity,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue_name},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": identity,
        },
    }
    return base64.b64encode(json.dumps(document).encode()).decode()


def dramatiq(number: int, queue_name: str) -> str:
    """A dramatiq message with the plain body as its argument, encoded as its SQS broker does."""
    document = {
        "queue_name": queue_name,
        "actor_name": "handle",
        "args": [plain(number, queue_name)],
        "kwargs": {},
        "options": {},
        "message_id": f"00000000-0000-4000-8000-{number:012}",
        "message_timestamp": 1_700_000_000_000,
    }
    return base64.b64encode(json.dumps(document).encode()).decode()
