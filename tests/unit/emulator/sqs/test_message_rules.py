"""What SQS takes for a message."""

from __future__ import annotations

from typing import Any

import pytest
from moto.sqs.exceptions import SQSException

from local.emulator.sqs.message_rules import check_message, name_problem

MOST_BYTES = 1_048_576


def text(value: str = "x", data_type: str = "String") -> dict[str, Any]:
    return {"DataType": data_type, "StringValue": value}


def answer(body: Any = "order", most_bytes: int = MOST_BYTES, **message: Any) -> str:
    """The error's code, or nothing where the message is taken."""
    try:
        check_message({"MessageBody": body, **message}, most_bytes)
    except SQSException as error:
        return str(error.code)
    return ""


@pytest.mark.parametrize("body", ["x", " ", "\t\n\r", "\x7f", "\ud7ff\ue000\ufffd\U00010000\U0010ffff", "é"])
def test_bodies_that_are_taken(body: str) -> None:
    assert answer(body) == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "MissingParameter"),
        (None, "MissingParameter"),
        (12, "SerializationException"),
        *(
            (f"a{character}b", "InvalidMessageContents")
            for character in "\0\x01\x08\x0b\x0c\x1f\ud800\udfff\ufffe\uffff"
        ),
    ],
)
def test_bodies_that_are_refused(body: Any, code: str) -> None:
    assert answer(body) == code


@pytest.mark.parametrize("name", ["a", "A-Z_0.9", "awsome.x", "aws", "amazon-x", "x.aws.y", "n" * 256])
def test_names_that_are_taken(name: str) -> None:
    assert name_problem(name) is None
    assert answer(MessageAttributes={name: text()}) == ""


@pytest.mark.parametrize(
    "name", ["", "AWS.x", "aws.x", "Amazon.x", "aMaZoN.x", ".x", "x.", ".", "a..b", "a b", "é", "a/b", "a\0", "n" * 257]
)
def test_names_that_are_refused(name: str) -> None:
    assert name_problem(name) is not None
    assert answer(MessageAttributes={name: text()}) == "InvalidParameterValue"


@pytest.mark.parametrize(
    "attribute",
    [
        text(),
        text("é"),
        text("1", "String.id"),
        *(text(number, "Number") for number in ("0", "-1.5", "1e3", "9" * 38, "1e126", "1e-128")),
        text("1", "Number.int"),
        {"DataType": "Binary", "BinaryValue": "AA=="},
        {"DataType": "Binary.png", "BinaryValue": b"\0"},
    ],
)
def test_values_that_are_taken(attribute: dict[str, Any]) -> None:
    assert answer(MessageAttributes={"a": attribute}) == ""


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ({"StringValue": "x"}, "InvalidParameterValue"),
        *(
            (text("x", data_type), "InvalidParameterValue")
            for data_type in ("", "string", "Text", "String.", "Strings", "StringList", "String." + "x" * 250)
        ),
        ({"DataType": "String"}, "InvalidParameterValue"),
        (text(""), "InvalidParameterValue"),
        ({"DataType": "String", "BinaryValue": "AA=="}, "InvalidParameterValue"),
        ({"DataType": "Binary", "StringValue": "x"}, "InvalidParameterValue"),
        *(
            (text(number, "Number"), "InvalidParameterValue")
            for number in ("one", "1,5", "NaN", "Infinity", "9" * 39, "1e127", "1e-129")
        ),
        (text("a\0"), "InvalidMessageContents"),
        (text("x", "String.\x01"), "InvalidMessageContents"),
    ],
)
def test_values_that_are_refused(attribute: dict[str, Any], code: str) -> None:
    assert answer(MessageAttributes={"a": attribute}) == code


def test_ten_attributes_are_taken_and_eleven_refused() -> None:
    attributes = {f"a{number}": text() for number in range(11)}

    assert answer(MessageAttributes=attributes) == "InvalidParameterValue"
    del attributes["a0"]
    assert answer(MessageAttributes=attributes) == ""


def test_attributes_count_for_the_size() -> None:
    attributes = {"four": text("é" * 2)}  # 4 + 6 + 4 bytes

    assert answer("x" * 86, 100, MessageAttributes=attributes) == ""
    assert answer("x" * 87, 100, MessageAttributes=attributes) == "InvalidParameterValue"


def test_the_trace_header_is_the_only_system_attribute() -> None:
    assert answer(MessageSystemAttributes={"AWSTraceHeader": text("Root=1")}) == ""
    assert answer(MessageSystemAttributes={"SenderId": text()}) == "InvalidParameterValue"
    assert answer(MessageSystemAttributes={"AWSTraceHeader": text("1", "Number")}) == "InvalidParameterValue"
