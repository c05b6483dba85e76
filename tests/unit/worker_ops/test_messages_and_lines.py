"""What people send is checked before it goes, and what the workers say is put for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker_ops.durations import seconds_of
from worker_ops.errors import OpsError
from worker_ops.logs.line import LineFilter, LogLine
from worker_ops.messages.reading import QUEUE_MOST_BYTES, read_attributes, read_messages
from worker_ops.places.queue_url import checked_url, endpoint_of, region_of


def test_every_bad_line_of_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text(f'{{"a": 1}}\n\n{"x" * (QUEUE_MOST_BYTES + 1)}\nnul \x00\n')

    with pytest.raises(OpsError) as raised:
        read_messages(None, file)

    told = str(raised.value).splitlines()
    assert [line.partition(": ")[0].rpartition(", ")[2] for line in told[:-1]] == ["line 2", "line 3", "line 4"]
    assert told[-1] == "nothing was sent"


def test_a_message_ends_at_the_end_of_a_line_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_bytes('"a\u2028b\x85c"\r\n"d"\n'.encode())

    assert read_messages(None, file) == ['"a\u2028b\x85c"', '"d"']


@pytest.mark.parametrize(("text", "file"), [(None, None), ("a", Path("b"))])
def test_one_source_of_messages_is_asked_for(text: str | None, file: Path | None) -> None:
    with pytest.raises(OpsError, match="give either a message"):
        read_messages(text, file)


def test_attributes_are_checked_all_at_once() -> None:
    assert read_attributes(["tenant=a=b"]) == {"tenant": {"DataType": "String", "StringValue": "a=b"}}

    with pytest.raises(OpsError) as raised:
        read_attributes(["tenant", "AWS.x=1", ".x=1", "a..b=1", "x=", "same=1", "same=2"])

    assert len(str(raised.value).splitlines()) == 6


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7_200), ("7d", 604_800), ("0s", 0)])
def test_spans_are_read(text: str, seconds: int) -> None:
    assert seconds_of("--since", text) == seconds


@pytest.mark.parametrize(
    ("url", "region", "endpoint"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/123456789012/orders", "eu-west-1", None),
        ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders", "cn-north-1", None),
        ("http://127.0.0.1:4566/123456789012/orders", None, "http://127.0.0.1:4566"),
    ],
)
def test_a_queues_url_tells_where_it_is(url: str, region: str | None, endpoint: str | None) -> None:
    assert (checked_url(url), region_of(url), endpoint_of(url)) == (url, region, endpoint)


@pytest.mark.parametrize(
    "url", ["orders", "https://", "ftp://sqs.eu-west-1.amazonaws.com/1/orders", "https://host/orders"]
)
def test_what_is_no_queues_url_is_refused(url: str) -> None:
    with pytest.raises(OpsError, match="is not a queue's URL"):
        checked_url(url)


FAILED = '{"timestamp": "T", "level": "WARNING", "action": "message_failed", "message_id": "m-1", "error": "e"}'


def test_a_line_is_put_for_people() -> None:
    assert LogLine.read("task-1", FAILED).readable == "T task-1 WARNING message_failed message_id=m-1 error=e"
    assert LogLine.read("task-1", "Traceback", 1_000).readable == "1970-01-01T00:00:01.000+00:00 task-1 Traceback"


@pytest.mark.parametrize(
    ("asked", "has"),
    [
        (LineFilter(), True),
        (LineFilter(actions=["message_failed"]), True),
        (LineFilter(actions=["message_processed"]), False),
        (LineFilter(message_id="m-1"), True),
        (LineFilter(message_id="m-2"), False),
        (LineFilter(level="WARNING"), True),
        (LineFilter(level="ERROR"), False),
    ],
)
def test_lines_are_filtered(asked: LineFilter, has: bool) -> None:
    assert asked.has(LogLine.read("task-1", FAILED)) is has


def test_lines_for_metrics_are_nobodys_and_a_print_is_as_bad_as_can_be() -> None:
    assert not LineFilter().has(LogLine.read("task-1", '{"_aws": {}, "Demand": 1}'))
    assert LineFilter(level="ERROR").has(LogLine.read("task-1", "Traceback (most recent call last):"))
