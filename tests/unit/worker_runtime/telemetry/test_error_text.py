"""What logs say of an exception."""

from __future__ import annotations

import pytest

from worker_runtime.telemetry.error_text import ERROR_MOST_CHARACTERS, traceback_of


def fail(text: str) -> None:
    raise ValueError(text)


def raised(text: str) -> ValueError:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is the test's
        fail(text)
    return caught.value


def test_a_traceback_begins_where_it_was_raised_and_ends_with_what_it_says() -> None:
    told = traceback_of(raised("no stock"), error_texts=True)

    assert told.startswith("Traceback (most recent call last):")
    assert told.endswith("ValueError: no stock\n")


def test_a_traceback_of_a_long_text_is_bounded() -> None:
    told = traceback_of(raised("x" * 20_000_000 + "end"), error_texts=True)

    assert len(told) < ERROR_MOST_CHARACTERS + 100
    assert told.startswith("Traceback (most recent call last):")
    assert told.endswith("xend\n")


def test_a_traceback_without_its_text_tells_the_type_and_the_place() -> None:
    told = traceback_of(raised("jane@" + "example.com"), error_texts=False)

    assert "jane@example.com" not in told
    assert "in fail" in told
    assert told.endswith("ValueError")
