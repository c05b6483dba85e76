"""What is wrong with how `once` is declared is named, all of it, before anything is handled."""

from __future__ import annotations

import pytest

from worker_runtime import Message, SQLiteStore, once


def test_every_problem_of_its_options_is_named() -> None:
    async def later(*_: object) -> None: ...

    with pytest.raises(ValueError, match="remember_seconds") as refused:
        once(SQLiteStore, key="", remember_seconds=0, wait_seconds="3", again=later)  # pyright: ignore[reportArgumentType]
    assert str(refused.value).split("; ") == [
        f"store: {SQLiteStore!r} is not a store of claim, finish and release, such as DynamoDBStore()",
        "key: '' is not the name of a message attribute, or a plain function of a message",
        f"again: {later!r} is not a plain function of a message and a result",
        "remember_seconds: 0 is not a number of seconds from 1 to 31536000",
        "wait_seconds: '3' is not a number of seconds from 0 to 3600",
    ]


def test_a_decorator_without_its_store_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^store: <function .*handle at .*> is not a store"):

        @once  # pyright: ignore[reportArgumentType]
        def handle(_: Message) -> None: ...
