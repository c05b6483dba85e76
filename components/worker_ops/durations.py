"""Spans of time as people type them, such as 90s, 15m, 2h or 7d."""

from __future__ import annotations

import re

from worker_ops.errors import OpsError

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SPAN = re.compile(r"([0-9]{1,9})([smhd])")


def seconds_of(name: str, text: str) -> int:
    """The seconds of a span, named for the error. Raises OpsError."""
    match = _SPAN.fullmatch(text)
    if not match:
        raise OpsError(f"{name}: {text!r} is not a span of time such as 90s, 15m, 2h or 7d")
    return int(match[1]) * _SECONDS[match[2]]
