"""moto's own server stands for an account, so it must keep what it is told as AWS does."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from moto.sqs import models

from tests.support.moto_queues import one_at_a_time

MESSAGES = 400
CALLERS = 4


@pytest.fixture
def many_switches() -> Iterator[None]:
    """Threads that get in each other's way in every call."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("many_switches")
def test_what_several_callers_delete_at_once_stays_deleted_and_what_is_sent_meanwhile_stays() -> None:
    queue: Any = models.Queue("orders", "eu-west-1", "123456789012")
    messages = [_received(queue, f"m-{number}") for number in range(MESSAGES)]

    def work(caller: int) -> None:
        for message in messages[caller::CALLERS]:
            queue.delete_message(message.receipt_handle)
            queue.add_message(models.Message(f"new-{message.id}", "x"))

    with one_at_a_time():
        threads = [threading.Thread(target=work, args=[caller]) for caller in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(message.id for message in queue._messages) == sorted(f"new-m-{number}" for number in range(MESSAGES))


def _received(queue: Any, message_id: str) -> Any:
    message: Any = models.Message(message_id, "x")
    message.mark_sent()
    message.mark_received(600)
    queue.add_message(message)
    return message
