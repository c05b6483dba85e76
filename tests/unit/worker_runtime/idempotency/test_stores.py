"""What a store of `once` promises, for each that comes with the runtime."""

from __future__ import annotations

import gc
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from worker_runtime import Claim, DynamoDBStore, OnceStore, SQLiteStore, aws_clients
from worker_runtime.errors import SettingsError


def test_a_key_is_locked_for_its_owner_until_it_is_done(store: OnceStore) -> None:
    assert store.claim("k", "a", 60) == Claim("mine")
    taken = store.claim("k", "b", 60)
    assert taken.state == "taken"
    assert 50 < taken.seconds <= 60
    assert store.claim("other", "b", 60).state == "mine"
    assert store.finish("k", "a", 3_600, None)
    assert store.claim("k", "b", 60).state == "done"
    assert store.claim("k", "a", 60).state == "done"


def test_the_owner_extends_its_lock(store: OnceStore) -> None:
    store.claim("k", "a", 1)
    assert store.claim("k", "a", 60).state == "mine"
    assert store.claim("k", "b", 60).seconds > 50


def test_a_lock_that_is_over_is_another_ones(store: OnceStore) -> None:
    store.claim("k", "a", 0)
    time.sleep(0.01)
    assert store.claim("k", "b", 60).state == "mine"
    assert store.claim("k", "a", 60).state == "taken"
    assert not store.finish("k", "a", 3_600, None)
    store.release("k", "a")
    assert store.finish("k", "b", 3_600, None)
    assert not store.finish("k", "b", 3_600, None)


def test_a_clock_that_is_ahead_takes_a_lock_early_and_one_of_two_notes_it(
    store: OnceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.claim("k", "a", 60)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 240)
    assert store.claim("k", "ahead", 60).state == "mine"
    monkeypatch.setattr(time, "time", lambda: now + 1)
    assert store.claim("k", "a", 60).state == "taken"
    assert not store.finish("k", "a", 3_600, None)
    assert store.finish("k", "ahead", 3_600, None)
    # Set back by an hour: what is done stays so.
    monkeypatch.setattr(time, "time", lambda: now - 3_600)
    assert store.claim("k", "b", 60).state == "done"


def test_a_released_key_is_free(store: OnceStore) -> None:
    store.claim("k", "a", 60)
    store.release("k", "a")
    assert store.claim("k", "b", 60).state == "mine"


def test_what_is_done_is_not_released(store: OnceStore) -> None:
    store.claim("k", "a", 60)
    store.finish("k", "a", 3_600, None)
    store.release("k", "a")
    assert store.claim("k", "b", 60).state == "done"


def test_what_is_done_is_forgotten_in_time(store: OnceStore) -> None:
    store.claim("k", "a", 60)
    store.finish("k", "a", -1, None)
    time.sleep(0.01)
    assert store.claim("k", "b", 60).state == "mine"


def test_one_of_many_gets_the_lock(tmp_path: Path) -> None:
    """Of SQLite's: DynamoDB promises it for each conditional write."""
    store = SQLiteStore(tmp_path / "once.sqlite")
    start = threading.Barrier(8)
    states: list[str] = []

    def claim(owner: str) -> None:
        start.wait()
        states.append(store.claim("k", owner, 60).state)
        store.connection.close()

    threads = [threading.Thread(target=claim, args=[str(number)]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["mine", *["taken"] * 7]


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """As the processes of a worker do that starts."""

    def open_new(path: Path) -> str:
        SQLiteStore(path).check()
        return "can be written"

    with ThreadPoolExecutor(8) as threads:
        for number in range(30):
            assert list(threads.map(open_new, [tmp_path / f"{number}.sqlite"] * 8)) == ["can be written"] * 8


def open_connections() -> list[sqlite3.Connection]:
    return [found for found in gc.get_objects() if issubclass(type(found), sqlite3.Connection)]


@pytest.mark.parametrize("ends", ["the thread", "the store", "what cannot be opened"])
def test_sqlites_connections_end_by_themselves(tmp_path: Path, ends: str) -> None:
    """Python 3.13 warns of each that is left open, and whoever takes warnings for errors has tests that fail."""
    gc.collect()  # what other tests have left
    others = len(open_connections())
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        store = SQLiteStore(tmp_path / ("once.sqlite" if ends != "what cannot be opened" else "missing/once.sqlite"))
        if ends == "the thread":
            thread = threading.Thread(target=store.claim, args=["k", "a", 60])
            thread.start()
            thread.join()
        elif ends == "the store":
            store.claim("k", "a", 60)
        else:
            with pytest.raises(SettingsError):
                store.check()
        del store
        gc.collect()
    assert [str(warning.message) for warning in warned] == []
    assert len(open_connections()) <= others


def test_sqlite_commits_what_the_handler_wrote_with_the_record(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    store = SQLiteStore(path)
    store.connection.execute("CREATE TABLE sold (sku TEXT)")

    def sold() -> list[str]:
        connection = sqlite3.connect(path)
        rows = [row[0] for row in connection.execute("SELECT sku FROM sold")]
        connection.close()
        return rows

    store.claim("k", "a", 60)
    store.connection.execute("INSERT INTO sold VALUES ('tea')")
    assert sold() == []
    store.release("k", "a")
    store.claim("k", "a", 60)
    store.connection.execute("INSERT INTO sold VALUES ('cup')")
    assert store.finish("k", "a", 60, None)
    assert sold() == ["cup"]
    # Not the owner's any more: what it wrote is undone.
    store.connection.execute("INSERT INTO sold VALUES ('pot')")
    assert not store.finish("k", "a", 60, None)
    # A handler that was cut has left something behind.
    store.connection.execute("INSERT INTO sold VALUES ('lid')")
    store.claim("other", "a", 60)
    assert sold() == ["cup"]
    store.connection.close()


def test_a_worker_without_the_name_of_its_table_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONCE_TABLE", raising=False)
    DynamoDBStore("mine").check()
    with pytest.raises(
        SettingsError, match=r"^ONCE_TABLE: required, the table of once, which the input once_table makes$"
    ):
        DynamoDBStore().check()


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "QUEUE_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws_clients, "_clients", {})
    with mock_aws():
        yield boto3.client("dynamodb", region_name="eu-west-1")


def make_table(client: Any, name: str, key: str) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_a_table_that_works_is_left_as_it_is(dynamodb: Any) -> None:
    make_table(dynamodb, "once", "key")
    DynamoDBStore("once").prove()
    assert dynamodb.scan(TableName="once")["Items"] == []


def test_a_table_that_cannot_work_is_told(dynamodb: Any) -> None:
    make_table(dynamodb, "strangers", "order_id")
    for table, reason in {"missing": "ResourceNotFound", "strangers": "Validation"}.items():
        with pytest.raises(SettingsError, match=f"^once: the table '{table}' cannot be used: .*{reason}"):
            DynamoDBStore(table).prove()
