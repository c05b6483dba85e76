"""Spans of time as Go writes them, such as 30s, 1m30s or 96h: how Copilot's manifests give them."""

from __future__ import annotations

import re
from decimal import Decimal

_SECONDS = {"ns": Decimal("1e-9"), "us": Decimal("1e-6"), "µs": Decimal("1e-6"), "ms": Decimal("1e-3")}
_SECONDS |= {"s": Decimal(1), "m": Decimal(60), "h": Decimal(3_600)}
_PART = r"([0-9]{1,12}(?:\.[0-9]{1,12})?)(ns|us|µs|ms|s|m|h)"


def go_seconds(text: str) -> Decimal | None:
    """The seconds of a span; None where Go would not take it: it knows no days."""
    if text == "0":
        return Decimal(0)
    if not re.fullmatch(f"(?:{_PART})+", text):
        return None
    return sum((Decimal(number) * _SECONDS[unit] for number, unit in re.findall(_PART, text)), Decimal(0))
