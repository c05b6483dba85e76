"""Trace context: which trace a message belongs to, and a span around its handler where OpenTelemetry is in
use."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from worker_runtime.handler import Handler
from worker_runtime.message import Message

#: Version 00 has these four fields, a future one may have more, ff is none; ids of zeros are none either:
#: https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(
    r"(?!ff)(?:00(?=.{53}$)|(?!00)[0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
#: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
_XRAY_ROOT = re.compile(r"(?:^|;)\s*Root=(1-(?!0{8}-0{24})[0-9a-f]{8}-[0-9a-f]{24})\s*(?:;|$)")


def trace_id(message: Message) -> str | None:
    """The id of the trace that the sender was in: W3C's, or X-Ray's; None where there is none."""
    parent = message.attributes.get("traceparent") if message.attributes else None
    if isinstance(parent, str) and (match := _TRACEPARENT.fullmatch(parent)):
        return match[1]
    if message.trace_header and (match := _XRAY_ROOT.search(message.trace_header)):
        return match[1]
    return None


def traced(handler: Handler, queue_name: str, *, error_texts: bool = True) -> Handler:
    """Wrap the handler in spans, if the handler's module or opentelemetry-instrument has loaded
    OpenTelemetry. Without `error_texts`, spans do not record exceptions."""
    if "opentelemetry.trace" not in sys.modules:
        return handler
    span = _span_maker(queue_name, error_texts=error_texts)

    @functools.wraps(handler.function)
    def call(argument: Any) -> Any:
        with span(argument):
            return handler.function(argument)

    @functools.wraps(handler.function)
    async def call_async(argument: Any) -> Any:
        with span(argument):
            return await handler.function(argument)

    return replace(handler, function=call_async if handler.is_async else call)


def _span_maker(
    queue_name: str, *, error_texts: bool
) -> Callable[[Message | list[Message]], AbstractContextManager[Any]]:
    """Spans as the semantic conventions for messaging ask: a child of the sender's, or linked to all of a
    batch."""
    from opentelemetry import propagate, trace  # noqa: PLC0415 - loaded only where it is in use

    tracer = trace.get_tracer("worker")
    attributes = {"messaging.system": "aws_sqs", "messaging.destination.name": queue_name}

    def context_of(message: Message) -> Any:
        carrier = {name: value for name, value in message.attributes.items() if isinstance(value, str)}
        if message.trace_header:
            carrier.setdefault("X-Amzn-Trace-Id", message.trace_header)
        return propagate.extract(carrier)

    def span(argument: Message | list[Message]) -> AbstractContextManager[Any]:
        options: dict[str, Any] = {
            "kind": trace.SpanKind.CONSUMER,
            "record_exception": error_texts,
            "set_status_on_exception": error_texts,
        }
        if isinstance(argument, Message):
            options["context"] = context_of(argument)
            options["attributes"] = {**attributes, "messaging.message.id": argument.id}
        else:
            contexts = [trace.get_current_span(context_of(message)).get_span_context() for message in argument]
            options["links"] = [trace.Link(context) for context in contexts if context.is_valid]
            options["attributes"] = {**attributes, "messaging.batch.message_count": len(argument)}
        return tracer.start_as_current_span(f"process {queue_name}", **options)

    return span
