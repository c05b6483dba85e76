"""What a browser asks to be done, checked: every problem at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from worker_ops.dead_letters.selection import Selection, read_selection
from worker_ops.errors import OpsError

#: Twice what SQS takes, for JSON writes some characters longer.
_MOST_BYTES = 2 * 1_048_576 + 65_536
_CONDITIONS = ("reason", "topic", "older_than", "younger_than", "where")


async def read_asked(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises OpsError where it is none, or too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise OpsError(f"the request has more than {_MOST_BYTES:,} bytes")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise OpsError("the request is not a JSON object")
    return asked


def text_of(asked: Mapping[str, Any], name: str) -> str:
    """A text that is required. Raises OpsError."""
    value = asked.get(name)
    if not isinstance(value, str):
        raise OpsError(f"{name}: {value!r} is not a text")
    return value


def number_of(asked: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    """A whole number in a range, or None where it is left out. Raises OpsError."""
    value = asked.get(name)
    if value is None:
        return None
    if type(value) is not int or not least <= value <= most:
        raise OpsError(f"{name}: {value!r} is not a whole number from {least:,} to {most:,}")
    return value


def selection_of(asked: Mapping[str, Any]) -> Selection:
    """The letters that are meant, by the same conditions as the commands'. Raises OpsError."""
    ids = asked.get("ids") or []
    conditions = {name: asked.get(name) or None for name in _CONDITIONS}
    texts = [*(ids if isinstance(ids, list) else [ids]), *(value for value in conditions.values() if value is not None)]
    wrong = [value for value in texts if not isinstance(value, str)]
    if wrong:
        raise OpsError(f"a condition is not a text: {', '.join(map(repr, wrong))}")
    return read_selection(ids, **conditions)
