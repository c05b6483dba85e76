"""JSON lines that never hold anybody up."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.worker_queue import wait_until
from worker_runtime import Message
from worker_runtime.telemetry.json_log import JsonLog
from worker_runtime.telemetry.python_logging import LibraryHandler, current_message


class Sink:
    """A log that writes into a pipe, which is read when the test says so."""

    def __init__(self, level: str = "INFO", *, blocking: bool = True, error_texts: bool = True) -> None:
        self._reader, writer = os.pipe()
        os.set_blocking(writer, blocking)
        self._writer = writer
        self.log = JsonLog(level, writer, error_texts=error_texts)
        self.log.start()

    def lines(self) -> list[dict[str, Any]]:
        """Close the log and read all of it."""
        text = ""
        closing = threading.Thread(target=self.log.close, args=(30,))
        closing.start()
        os.set_blocking(self._reader, False)

        def read() -> bool:
            nonlocal text
            # Asked first: what it writes between the two is still read.
            ended = not closing.is_alive()
            try:
                text += os.read(self._reader, 1_000_000).decode()
            except BlockingIOError:
                return ended
            return False

        wait_until(read, "the end of the log")
        os.close(self._reader)
        os.close(self._writer)
        return [json.loads(line) for line in text.splitlines()]


def test_event_is_one_line() -> None:
    sink = Sink()
    sink.log.event("message_processed", message_id="m-1", text='a\n"\u00e9\U0001f600', number=1.5, nothing=None)
    (line,) = sink.lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert line == {
        "level": "INFO",
        "action": "message_processed",
        "message_id": "m-1",
        "text": 'a\n"\u00e9\U0001f600',
        "number": 1.5,
        "nothing": None,
    }


def test_what_an_exception_says_is_bounded() -> None:
    sink = Sink()
    sink.log.message_events("message_failed", "WARNING", [(Message("b"), 0, {"error": f"first{'x' * 20_000_000}last"})])
    sink.log.message_events("message_failed", "WARNING", [(Message("b"), 0, {"error": "x" * 8_192})])
    cut, whole = (line["error"] for line in sink.lines())

    assert cut == f"first{'x' * 4_091} ... 19,991,817 characters left out ... {'x' * 4_092}last"
    assert whole == "x" * 8_192


def test_what_an_exception_says_may_be_left_out() -> None:
    sink = Sink(error_texts=False)
    told = {"error_type": "ValueError", "error": "jane@example.com", "traceback": "jane@example.com"}
    sink.log.message_events("settle_failed", "ERROR", [(Message("b"), 0, told)])
    (line,) = sink.lines()

    assert line["error_type"] == "ValueError"
    assert line.keys() & {"error", "traceback"} == set()


def test_message_event_is_what_the_encoder_would_write() -> None:
    sink = Sink()
    message = Message("body", id='m-"1"\u00e9', topic="arn:aws:sns:eu-west-1:1:t", receive_count=2)
    sink.log.message_events("message_failed", "WARNING", [(message, 0.25, {"error": 'a\n"\u00e9', "delay_seconds": 3})])
    sink.log.message_events("message_processed", "INFO", [(Message("body", id="m-2"), 1e-9, {})])
    first, second = sink.lines()
    for line in (first, second):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert first == {
        "level": "WARNING",
        "action": "message_failed",
        "message_id": 'm-"1"\u00e9',
        "topic": "arn:aws:sns:eu-west-1:1:t",
        "receive_count": 2,
        "duration_seconds": 0.25,
        "error": 'a\n"\u00e9',
        "delay_seconds": 3,
    }
    assert second["topic"] is None
    assert second["duration_seconds"] == 0


def test_level_leaves_out_what_is_below_it() -> None:
    sink = Sink("WARNING")
    sink.log.event("one")
    sink.log.message_events("one", "INFO", [(Message("body"), 0, {})])
    sink.log.event("two", "ERROR")
    assert [line["action"] for line in sink.lines()] == ["two"]


@pytest.mark.parametrize("blocking", [True, False])
def test_blocked_sink_drops_lines_and_counts_them(blocking: bool) -> None:
    sink = Sink(blocking=blocking)
    for number in range(30_000):
        sink.log.event("filler", number=number, padding="x" * 100)
    lines = sink.lines()
    written = [line for line in lines if line["action"] == "filler"]
    dropped = sum(line["lines"] for line in lines if line["action"] == "logs_dropped")
    assert dropped > 0
    assert len(written) + dropped == 30_000
    assert [line["number"] for line in written] == sorted(line["number"] for line in written)


def test_long_line_goes_whole_into_a_sink_that_does_not_block() -> None:
    sink = Sink(blocking=False)
    sink.log.event("long", text="x" * 1_000_000)
    time.sleep(0.1)  # the pipe is full before anybody reads
    sink.log.event("after")
    assert [line["action"] for line in sink.lines()] == ["long", "after"]


@pytest.mark.parametrize("blocking", [True, False])
def test_closed_sink_harms_nothing(blocking: bool) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)
    os.close(reader)
    log = JsonLog("INFO", writer)
    log.start()
    log.event("one")
    log.close(10)
    os.close(writer)


def test_descriptor_that_a_handler_closed_is_its_next_owners(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    log = JsonLog("INFO", writer)
    log.start()
    os.close(writer)
    with (tmp_path / "connection").open("w") as connection:
        assert connection.fileno() == writer
        log.event("one")
        log.close(10)
    assert (tmp_path / "connection").read_text() == ""
    assert json.loads(os.read(reader, 1_000))["action"] == "one"
    os.close(reader)


def test_not_even_a_descriptor_that_nobody_knows_is_written_to_when_it_is_anothers(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    own = os.dup(0)
    os.close(own)
    log = JsonLog("INFO", writer)
    log.start()
    os.close(own)
    with (tmp_path / "connection").open("w") as connection:
        assert connection.fileno() == own
        log.event("one")
        log.close(10)
    assert (tmp_path / "connection").read_text() == ""
    os.close(reader)
    os.close(writer)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("shop")
    logger.setLevel("INFO")
    yield logger
    logger.handlers.clear()


def test_handlers_own_lines_name_the_message(logger: logging.Logger) -> None:
    sink = Sink()
    logger.addHandler(LibraryHandler(sink.log))
    token = current_message.set(Message("x", id="m-1"))
    try:
        logger.info("shipped %s", "it", extra={"action": "shipped", "parcel": 7})
        try:
            int("broken")
        except ValueError:
            logger.exception("not shipped")
    finally:
        current_message.reset(token)
    first, second = sink.lines()
    del first["timestamp"]
    assert first == {
        "level": "INFO",
        "logger": "shop",
        "message": "shipped it",
        "message_id": "m-1",
        "action": "shipped",
        "parcel": 7,
    }
    assert second["level"] == "ERROR"
    assert second["error"].startswith("Traceback (most recent call last):")
    assert second["error"].endswith("ValueError: invalid literal for int() with base 10: 'broken'\n")


def test_what_json_cannot_say_is_written_as_text(logger: logging.Logger) -> None:
    sink = Sink()
    logger.addHandler(LibraryHandler(sink.log))
    circle: list[Any] = []
    circle.append(circle)
    extra = {"score": float("nan"), "most": [float("inf")], "pairs": {(1, 2): 3}, "circle": circle, "right": [1]}
    logger.info("scored", extra=extra)
    (line,) = sink.lines()
    assert {name: line[name] for name in extra} == {
        "score": "nan",
        "most": "[inf]",
        "pairs": "{(1, 2): 3}",
        "circle": "[[...]]",
        "right": [1],
    }


def test_extras_take_the_place_of_nothing_that_the_line_says(logger: logging.Logger) -> None:
    sink = Sink()
    logger.addHandler(LibraryHandler(sink.log))
    token = current_message.set(Message("x", id="m-1"))
    try:
        logger.info("shipped", extra={"timestamp": 7, "level": "mine", "logger": "mine", "message_id": "mine"})
    finally:
        current_message.reset(token)
    (line,) = sink.lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert line == {"level": "INFO", "logger": "shop", "message": "shipped", "message_id": "m-1"}
