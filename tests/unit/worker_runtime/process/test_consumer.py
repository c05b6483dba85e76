"""A whole worker in this process, on a queue that is none."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_sqs import URL, EventList, FakeTransport, received
from worker_runtime.handler import Handler
from worker_runtime.health import check
from worker_runtime.process import status
from worker_runtime.process.consumer import Consumer
from worker_runtime.process.message_flow import Source
from worker_runtime.settings import Settings
from worker_runtime.sqs.queue import Queue


def test_worker_that_drains_for_long_stays_healthy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(status, "WRITE_SECONDS", 0)
    began, done = threading.Event(), threading.Event()
    verdicts: list[list[str]] = []
    messages = [received(1)]

    def handle(_: object) -> None:
        began.set()
        done.wait(10)

    def receive(_: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.01)
        return {"Messages": [messages.pop()]} if messages else {}

    def wait_for_signal(timeout_seconds: float) -> str | None:
        if not began.wait(min(timeout_seconds, 0.01)):
            return None
        if not verdicts:
            verdicts.append(check(str(tmp_path)))
            return "SIGTERM"
        # The drain waits: whatever the file said before, it says it anew.
        verdicts.append(check(str(tmp_path)))
        for file in tmp_path.glob("*.json"):
            file.unlink()
        if len(verdicts) == 4:
            done.set()
        return None

    transport = FakeTransport(
        ReceiveMessage=receive, GetQueueAttributes=lambda _: {"Attributes": {"VisibilityTimeout": "30"}}
    )
    settings = Settings(
        queue_name="orders", queue_uri=URL, queue_region="eu-west-1", handler="a.b", health_directory=str(tmp_path)
    )
    source = Source(settings.main_queue, Queue(URL, transport), Handler.of(handle))
    assert Consumer(settings, [source], EventList()).run(wait_for_signal) == 0
    assert verdicts[1:4] == [[], [], []]
    assert transport.deleted() == ["r-1"]
    assert list(tmp_path.iterdir()) == []
