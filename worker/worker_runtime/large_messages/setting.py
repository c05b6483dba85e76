"""What WORKER_LARGE_MESSAGES says: `{"bucket": "orders-large-1a2b3c4", "over_bytes": 262144, "delete": true}`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: The most that a topic takes by default: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
OVER_BYTES = 262_144
_KNOWN = ("bucket", "over_bytes", "delete")
_NAME = "WORKER_LARGE_MESSAGES"


@dataclass(frozen=True)
class LargeMessages:
    """Where large bodies lie."""

    bucket: str
    """The only bucket that a pointer may name."""
    over_bytes: int = OVER_BYTES
    """`publish` puts messages there that are larger, 0 to 262,144."""
    delete: bool = True
    """Delete an object once its message is handled."""


def read_large_messages(text: str) -> tuple[LargeMessages | None, list[str]]:
    """The setting, and what is wrong with it."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return None, [f"{_NAME}: {text!r} is not a JSON object"]
    problems = [f"{_NAME}.{name}: unknown; known are {', '.join(_KNOWN)}" for name in given if name not in _KNOWN]
    problems += _problems(given)
    return (None if problems else LargeMessages(**given)), problems


def _problems(given: dict[str, Any]) -> list[str]:
    problems = []
    bucket, over_bytes, delete = given.get("bucket"), given.get("over_bytes", OVER_BYTES), given.get("delete", True)
    if not isinstance(bucket, str) or not _BUCKET.fullmatch(bucket):
        said = "required," if bucket is None else f"{bucket!r} is not"
        problems.append(f"{_NAME}.bucket: {said} the name of a bucket")
    if type(over_bytes) is not int or not 0 <= over_bytes <= OVER_BYTES:
        problems.append(f"{_NAME}.over_bytes: {over_bytes!r} is not a whole number from 0 to {OVER_BYTES}")
    if not isinstance(delete, bool):
        problems.append(f"{_NAME}.delete: {delete!r} is not true or false")
    return problems
