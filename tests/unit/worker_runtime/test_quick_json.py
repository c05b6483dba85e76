"""JSON of requests and answers: whatever orjson makes of it, nobody can tell it from `json`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from worker_runtime import quick_json

HALF_A_PAIR = "\ud800"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        ' {"a": [1, 2.5, true, null, "\\u00e9\\n"]} ',
        '{"a": 1, "a": 2}',
        '{"a": "\\ud83d\\ude00"}',
        f'{{"a": {json.dumps(HALF_A_PAIR)}}}',
        '{"a": NaN}',
        "[" * 200 + "]" * 200,
    ],
)
@pytest.mark.parametrize("kind", [str, str.encode, lambda text: bytearray(text.encode())])
def test_reads_what_json_reads(text: str, kind: Any) -> None:
    assert repr(quick_json.read(kind(text))) == repr(json.loads(text))


@pytest.mark.parametrize("text", ["", "{", "{} x", b"\xff{}", b'{"a": "\xc3"}', "[" * 100_000])
def test_refuses_what_json_refuses(text: str | bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        json.loads(text)
    with pytest.raises((ValueError, RecursionError)):
        quick_json.read(text)


@pytest.mark.parametrize(
    "value",
    [{"Entries": [{"Id": "0", "ReceiptHandle": 'a"\n\u00e9'}]}, {"Names": ("All",), "Most": 10}, HALF_A_PAIR, 2**70],
)
def test_writes_what_reads_back(value: Any) -> None:
    assert json.loads(quick_json.write(value)) == json.loads(json.dumps(value))


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError):
        quick_json.write({"a": object()})
