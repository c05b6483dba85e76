"""A value of a stack file as the program gets it: text, where lists and maps are JSON as the CLI writes it."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

_INT64 = range(-(2**63), 2**63)
#: Go's JSON can stand in a page of HTML.
_ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})


def config_text(value: Any) -> str:
    """The text; nothing is an empty one. Raises ValueError for a number that JSON does not have."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _json(value)


def _json(value: Any) -> str:
    if isinstance(value, dict):
        pairs = sorted((_key(key), _json(item)) for key, item in value.items())
        return "{" + ",".join(f"{_quoted(key)}:{item}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float) or (isinstance(value, int) and value not in _INT64):
        return _number(float(value))
    return json.dumps(value)


def _key(key: Any) -> str:
    """The text of a key; Go prints one that is not there."""
    return key if isinstance(key, str) else "<nil>" if key is None else config_text(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPES)


def _number(number: float) -> str:
    """As few digits as tell it apart, with an exponent from 1e21 and below 1e-6."""
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a number that JSON has")
    if number != 0 and not 1e-6 <= abs(number) < 1e21:
        return repr(number).replace(".0e", "e").replace("e-0", "e-")
    return format(Decimal(repr(number + 0.0)).normalize(), "f")
