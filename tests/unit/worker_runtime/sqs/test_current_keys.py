"""Credentials that hold, that are about to expire, that have, and a source of them that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials, RefreshableCredentials

from tests.support.worker_queue import wait_until
from worker_runtime.errors import QueueError
from worker_runtime.sqs.current_keys import CurrentKeys
from worker_runtime.sqs.signer import Keys


class Source:
    """A session whose credentials are refreshed as a test says."""

    def __init__(self, valid_seconds: float) -> None:
        self.hang = threading.Event()
        self.hang.set()
        self.refreshes = 0
        self.error: Exception | None = None
        self._credentials = RefreshableCredentials.create_from_metadata(
            self._metadata("K0", valid_seconds), self._refreshed, "test"
        )

    def get_credentials(self) -> Any:
        return self._credentials

    def expire_in(self, seconds: float) -> None:
        self._credentials._expiry_time = datetime.now(UTC) + timedelta(seconds=seconds)  # type: ignore[attr-defined]

    def _refreshed(self) -> dict[str, str]:
        self.refreshes += 1
        self.hang.wait(30)
        if self.error is not None:
            raise self.error
        return self._metadata(f"K{self.refreshes}", 3_600)

    @staticmethod
    def _metadata(key: str, valid_seconds: float) -> dict[str, str]:
        expiry = datetime.now(UTC) + timedelta(seconds=valid_seconds)
        return {"access_key": key, "secret_key": "s", "token": "t", "expiry_time": expiry.isoformat()}


@pytest.fixture
def source() -> Iterator[Source]:
    source = Source(3_600)
    yield source
    source.hang.set()


def keys_of(source: Any) -> CurrentKeys:
    return CurrentKeys(source)


def test_keys_that_hold_are_returned_without_a_refresh(source: Source) -> None:
    keys = keys_of(source)
    assert keys.get(1) == keys.get(1) == Keys("K0", "s", "t")
    assert source.refreshes == 0


def test_keys_of_a_user_never_end() -> None:
    class Fixed:
        def get_credentials(self) -> Credentials:
            return Credentials("K", "s")

    assert keys_of(Fixed()).get(1) == keys_of(Fixed()).get(1) == Keys("K", "s", None)


@pytest.mark.parametrize("seconds_left", [600, 60, 5])
def test_call_waits_for_no_refresh_while_the_old_keys_hold(source: Source, seconds_left: float) -> None:
    keys = keys_of(source)
    keys.get(1)
    source.expire_in(seconds_left)
    source.hang.clear()
    began = time.monotonic()
    assert [keys.get(5).access_key for _ in range(100)] == ["K0"] * 100
    assert time.monotonic() - began < 1
    wait_until(lambda: source.refreshes == 1, "the one refresh")
    source.hang.set()
    wait_until(lambda: keys.get(5).access_key == "K1", "the new keys")


def test_call_waits_for_new_keys_where_the_old_ones_have_expired(source: Source) -> None:
    keys = keys_of(source)
    keys.get(1)
    source.expire_in(-1)
    assert keys.get(5) == Keys("K1", "s", "t")


def test_call_ends_in_time_where_no_keys_come(source: Source) -> None:
    keys = keys_of(source)
    keys.get(1)
    source.expire_in(-1)
    source.hang.clear()
    began = time.monotonic()
    with pytest.raises(QueueError, match=r"TimeoutError: no credentials came within 0.2 seconds") as raised:
        keys.get(0.2)
    assert raised.value.retry
    assert time.monotonic() - began < 1
    source.hang.set()
    wait_until(lambda: keys.get(5).access_key == "K1", "the new keys")


def test_refresh_that_fails_is_a_passing_failure_and_is_tried_again_after_a_pause(source: Source) -> None:
    keys = keys_of(source)
    keys.get(1)
    source.expire_in(-1)
    source.error = ConnectionError("refused")
    for _ in range(3):
        with pytest.raises(QueueError, match="ConnectionError: refused") as raised:
            keys.get(5)
        assert raised.value.retry
    assert source.refreshes == 1
    source.error = None
    time.sleep(1)
    assert keys.get(5).access_key == "K2"


def test_no_credentials_at_all() -> None:
    class Nothing:
        def get_credentials(self) -> None:
            return None

    with pytest.raises(QueueError, match="NoCredentialsError"):
        keys_of(Nothing()).get(1)
