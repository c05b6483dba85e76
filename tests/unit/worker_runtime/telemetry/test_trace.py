"""Trace context from the sender, and spans where OpenTelemetry is in use."""

from __future__ import annotations

import asyncio
import sys

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from worker_runtime import Message, batch
from worker_runtime.handler import Handler
from worker_runtime.telemetry.trace import traced
from worker_runtime.trace_id import trace_id

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
XRAY = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(otel, "get_tracer", provider.get_tracer)
    return exporter


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Message("x", attributes={"traceparent": PARENT}), TRACE),
        (Message("x", trace_header=f"Root={XRAY};Parent=53995c3f42cd8ad8;Sampled=1"), XRAY),
        (Message("x", trace_header=f"Self=1-1; Root={XRAY} ;Sampled=1"), XRAY),
        (Message("x", trace_header=f"Self={XRAY}"), None),
        (Message("x", trace_header=f"NotRoot={XRAY}"), None),
        (Message("x", trace_header="Root=1-00000000-000000000000000000000000"), None),
        (Message("x", attributes={"traceparent": "nonsense"}), None),
        (Message("x", attributes={"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"}), None),
        (Message("x", attributes={"traceparent": f"00-{TRACE}-{'0' * 16}-01"}), None),
        (Message("x", attributes={"traceparent": "ff" + PARENT[2:]}), None),
        (Message("x", attributes={"traceparent": "ff" + PARENT[2:] + "-more"}), None),
        (Message("x", attributes={"traceparent": "01" + PARENT[2:]}), TRACE),
        (Message("x", attributes={"traceparent": "cc" + PARENT[2:] + "-what-the-future-brings"}), TRACE),
        (Message("x", attributes={"traceparent": "cc" + PARENT[2:] + ".what"}), None),
        (Message("x", attributes={"traceparent": PARENT + "-more"}), None),
        (Message("x", attributes={"traceparent": PARENT.upper()}), None),
        (Message("x", attributes={"traceparent": "nonsense"}, trace_header=f"Root={XRAY}"), XRAY),
        (Message("x", attributes={"traceparent": b"\x00"}), None),
        (Message("x"), None),
    ],
)
def test_trace_id(message: Message, expected: str | None) -> None:
    assert trace_id(message.attributes, message.trace_header) == expected


def test_handler_is_left_alone_without_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    handler = Handler.of(lambda _: None)
    assert traced(handler, "orders") is handler


def test_span_is_a_child_of_the_senders(spans: InMemorySpanExporter) -> None:
    handler = traced(Handler.of(lambda _: "result"), "orders")
    assert handler.function(Message("x", id="m-1", attributes={"traceparent": PARENT})) == "result"
    (span,) = spans.get_finished_spans()
    assert span.name == "process orders"
    assert span.kind is otel.SpanKind.CONSUMER
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}" == TRACE
    assert dict(span.attributes or {}) == {
        "messaging.system": "aws_sqs",
        "messaging.destination.name": "orders",
        "messaging.message.id": "m-1",
    }


def test_failure_of_an_async_handler_is_on_its_span(spans: InMemorySpanExporter) -> None:
    async def fail(message: Message) -> None:
        raise ValueError("no")

    handler = traced(Handler.of(fail), "orders")
    assert handler.is_async
    with pytest.raises(ValueError, match="no"):
        asyncio.run(handler.function(Message("x")))
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is otel.StatusCode.ERROR


def test_without_error_texts_a_span_does_not_tell_what_an_exception_says(spans: InMemorySpanExporter) -> None:
    def fail(message: Message) -> None:
        raise ValueError("jane@example.com")

    with pytest.raises(ValueError, match="jane"):
        traced(Handler.of(fail), "orders", error_texts=False).function(Message("x"))
    (span,) = spans.get_finished_spans()
    assert "jane@example.com" not in span.to_json()


def test_span_of_a_batch_is_linked_to_every_sender(spans: InMemorySpanExporter) -> None:
    @batch(size=2)
    def handle(messages: list[Message]) -> None:
        pass

    handler = traced(Handler.of(handle), "orders")
    assert handler.batch_size == 2
    handler.function([Message("x", attributes={"traceparent": PARENT}), Message("y")])
    (span,) = spans.get_finished_spans()
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE]
