"""What Pulumi.yaml declares a key of config to be, held against its value as the CLI holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from worker_program.config_text import config_text

#: Sign and digits; int64 has 19 of these at most, whatever zeros stand before.
_WHOLE = re.compile(r"([-+]?)0*([0-9]{1,19})")
_MOST = 2**63


def type_name(declared: Mapping[str, Any]) -> str:
    """The type as the CLI names it, such as array<string>."""
    items = declared.get("items")
    return f"array<{type_name(items)}>" if isinstance(items, dict) else str(declared.get("type"))


def fits(declared: Mapping[str, Any], value: Any, *, is_item: bool = False) -> bool:
    """Whether the value is of the declared type. A text may be a number anywhere, a number a text outside of lists."""
    kind = declared.get("type")
    if kind == "array":
        items = declared.get("items") or {}
        return isinstance(value, list) and all(fits(items, item, is_item=True) for item in value)
    if kind == "object":
        return isinstance(value, dict)
    if isinstance(value, list | dict):
        return kind is None
    if kind == "string":
        return isinstance(value, str) or not is_item
    text = config_text(value)
    if kind == "integer":
        whole = _WHOLE.fullmatch(text)
        return whole is not None and -_MOST <= int("".join(whole.groups())) < _MOST
    return kind != "boolean" or text in ("true", "false")
