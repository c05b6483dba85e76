"""JSON Lines files, checked before anything is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.errors import BoxError
from local.message_file import batches, check_text, read_messages


def _file(directory: Path, content: bytes) -> Path:
    path = directory / "orders.jsonl"
    path.write_bytes(content)
    return path


def test_each_line_is_a_message(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"a": 1}\r\n"käse"\n[1, 2]'.encode())

    assert read_messages(path) == ['{"a": 1}', '"käse"', "[1, 2]"]


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    longest = b'"' + b"x" * 262_142 + b'"'
    path = _file(
        tmp_path,
        b"\n".join([b"{}", b"{", b"", b'"\xff"', longest, longest[:-1] + b'x"', b"[" * 100_000, b'"\xef\xbf\xbf"']),
    )

    with pytest.raises(BoxError) as error:
        read_messages(path)

    lines = str(error.value).splitlines()
    assert lines[0] == f"{path} has 6 bad lines, and nothing was published:"
    assert lines[1].startswith("  line 2: is not JSON: ")
    assert lines[2:] == [
        "  line 3: is empty",
        "  line 4: is not UTF-8 text",
        "  line 6: is 262,145 bytes long: SNS takes at most 262,144",
        "  line 7: is nested too deeply",
        '  line 8: holds "\\uffff", which AWS does not take',
    ]


def test_of_many_bad_lines_twenty_are_shown(tmp_path: Path) -> None:
    with pytest.raises(BoxError) as error:
        read_messages(_file(tmp_path, b"{\n" * 1_025))

    lines = str(error.value).splitlines()
    assert "has 1,025 bad lines" in lines[0]
    assert [line.split(":")[0] for line in lines[1:-1]] == [f"  line {number}" for number in range(1, 21)]
    assert lines[-1] == "  and 1,005 more"


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "is empty: it needs 1 to 10,000 lines"), (b"{}\n" * 10_001, "has 10,001 lines: at most")],
)
def test_the_number_of_lines_has_limits(tmp_path: Path, content: bytes, problem: str) -> None:
    with pytest.raises(BoxError, match=problem):
        read_messages(_file(tmp_path, content))


def test_ten_thousand_lines_are_taken(tmp_path: Path) -> None:
    assert len(read_messages(_file(tmp_path, b"{}\n" * 10_000))) == 10_000


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BoxError, match=r"cannot read .*missing.jsonl: No such file or directory"):
        read_messages(tmp_path / "missing.jsonl")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "an empty message"),
        ("ä" * 131_073, "is 262,146 bytes long: SNS takes at most 262,144"),
        ("a\x01", r'the message holds "\\u0001", which AWS does not take'),
    ],
)
def test_a_text_that_sns_refuses_is_refused_first(text: str, problem: str) -> None:
    with pytest.raises(BoxError, match=problem):
        check_text(text)


def test_batches_hold_ten_messages_and_no_more_bytes_than_sns_takes() -> None:
    assert [len(batch) for batch in batches(["{}"] * 25)] == [10, 10, 5]
    large = ["a" * 100_000, "b" * 100_000, "c" * 62_144, "d", "e" * 262_144]
    assert batches(large) == [large[:3], large[3:4], large[4:]]
