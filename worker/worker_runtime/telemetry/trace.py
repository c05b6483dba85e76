"""Trace context: a span around a message's handler, where OpenTelemetry is in use."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from worker_runtime.handler import Handler
from worker_runtime.message import Message


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
