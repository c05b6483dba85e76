"""What a thread knows of the calls that it makes, one after the other."""

from __future__ import annotations

from contextvars import copy_context

from tests.support.fake_sqs import received
from tests.support.fake_worker import FakeWorker
from worker_runtime import Message, batch
from worker_runtime.handler import Handler
from worker_runtime.message import current_message
from worker_runtime.runners.call import call_handler


def test_a_batch_handler_has_not_the_message_of_its_threads_last_call() -> None:
    """Of another queue's handler: what is published would count as that message's, and be dropped as a repetition."""
    messages = FakeWorker().flow.leases.hold([received(1)])
    seen: list[Message | None] = []

    def call_both() -> None:
        call_handler(Handler.of(lambda _: seen.append(current_message.get())), messages)
        call_handler(Handler.of(batch(2)(lambda _: seen.append(current_message.get()))), messages)

    copy_context().run(call_both)
    assert seen == [messages[0].message, None]
