"""Which trace a message belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Version 00 has these four fields, a future one may have more, ff is none; ids of zeros are none either:
#: https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(
    r"(?!ff)(?:00(?=.{53}$)|(?!00)[0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
#: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
_XRAY_ROOT = re.compile(r"(?:^|;)\s*Root=(1-(?!0{8}-0{24})[0-9a-f]{8}-[0-9a-f]{24})\s*(?:;|$)")


def trace_id(attributes: Mapping[str, str | bytes], trace_header: str | None) -> str | None:
    """The id of the trace that a message's sender was in: W3C's, from its attributes, or X-Ray's, from its header; None
    where there is none."""
    parent = attributes.get("traceparent") if attributes else None
    if isinstance(parent, str) and (match := _TRACEPARENT.fullmatch(parent)):
        return match[1]
    if trace_header and (match := _XRAY_ROOT.search(trace_header)):
        return match[1]
    return None
