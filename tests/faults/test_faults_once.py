"""Handlers with `@once`: F80, F81. What they do is done once for each key, whenever their process is killed."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.dynamodb_server import dynamodb_server
from tests.support.fault_lab import FaultLab
from tests.support.fault_proxy import UNAVAILABLE, Call, Fault, FaultProxy
from tests.support.worker_queue import ANY_CREDENTIALS, REGION, WorkQueue, wait_until

KEYS = 12


def send_orders(queue: WorkQueue, chance: random.Random) -> list[str]:
    """Send an order for each key, two of which kill their process; returns the keys."""
    plans = [{"key": f"k-{number}"} for number in range(KEYS)]
    plans[0]["kill"], plans[1]["kill"] = "before", "after"
    # Some are sent twice, as a publisher may: another message, the same key.
    sent = [*plans, *chance.sample(plans[2:], 4)]
    chance.shuffle(sent)
    queue.send(*map(json.dumps, sent))
    return sorted(plan["key"] for plan in plans)


def kill_until_empty(
    lab: FaultLab, queue: WorkQueue, chance: random.Random, handler: str, **environment: str
) -> list[int]:
    """Run workers one after the other, each killed after a moment; returns their process ids."""
    killed: list[int] = []
    while not queue.is_empty():
        assert len(killed) <= 40
        with lab.direct_worker(queue, f"tests.support.{handler}", **environment) as worker:
            killed.append(worker.process.pid)
            worker.wait_for("worker_started")
            # Longer each time: on a busy machine, the first ones may do nothing.
            ends_at = time.monotonic() + chance.uniform(0, 2.5) * (1 + len(killed) / 10)
            while time.monotonic() < ends_at and worker.process.poll() is None and not queue.is_empty():
                time.sleep(0.01)
    assert len(killed) >= 2
    return killed


@pytest.mark.parametrize("seed", range(20))
def test_f80_what_once_does_is_done_once_under_kill_9(lab: FaultLab, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    queue = lab.queue(max_receive_count=50)
    file = lab.directory / "once.sqlite"
    keys = send_orders(queue, chance)
    kill_until_empty(lab, queue, chance, "once_handlers.handle", ONCE_FILE=str(file))
    with closing(sqlite3.connect(file)) as database:
        effects = [row[0] for row in database.execute("SELECT key FROM effects")]
    assert sorted(effects) == keys
    assert queue.dead_letters() == []


@pytest.fixture(scope="module")
def dynamodb_url() -> Iterator[str]:
    with dynamodb_server() as url:
        yield url


@pytest.fixture
def dynamodb(dynamodb_url: str) -> Iterator[Any]:
    """A client, with the tables of records and effects, each test's own."""
    client = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=dynamodb_url,
        aws_access_key_id=ANY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ANY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    for table in ("once", "effects"):
        client.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    yield client
    for table in ("once", "effects"):
        client.delete_table(TableName=table)


def ledger_of(lab: FaultLab) -> list[tuple[str, int]]:
    """Key and process of each line, in their order."""
    lines = Path(lab.directory / "ledger.jsonl").read_text().splitlines()
    return [(line["key"], line["pid"]) for line in map(json.loads, lines)]


@pytest.mark.parametrize("seed", range(20))
def test_f81_what_is_written_with_dynamodbs_record_is_done_once_and_all_else_again_only_by_a_kill(
    lab: FaultLab, dynamodb: Any, dynamodb_url: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    queue = lab.queue(max_receive_count=50)
    keys = send_orders(queue, chance)
    environment = {"ONCE_TABLE": "once", "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url, "WORKER_CONCURRENCY": "4"}
    kill_until_empty(lab, queue, chance, "once_dynamodb_handlers.handle", **environment)
    written = {item["key"]["S"]: item["times"]["N"] for item in dynamodb.scan(TableName="effects")["Items"]}
    assert written == dict.fromkeys(keys, "1")
    lines = ledger_of(lab)
    assert sorted({key for key, _ in lines}) == keys
    # A process that lives has a key's line once: each further one follows a kill, of four handlers at most.
    assert set(Counter(lines).values()) == {1}
    again = {key: count - 1 for key, count in Counter(key for key, _ in lines).items() if count > 1}
    assert again["k-1"] >= 1  # by its own kill, and perhaps by one of the test's, in its second process
    cut = Counter(pid for index, (key, pid) in enumerate(lines) if any(key == later for later, _ in lines[index + 1 :]))
    assert max(cut.values()) <= 4, cut
    assert queue.dead_letters() == []


FAULTS = (UNAVAILABLE, Fault(reset="before"), Fault(reset="after"), Fault(late_seconds=0.5))


@pytest.mark.parametrize("seed", range(5))
def test_f82_calls_to_dynamodb_that_fail_cost_no_message_and_repeat_no_write(
    lab: FaultLab, dynamodb: Any, dynamodb_url: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311

    def rule(_: Call) -> Fault | None:
        return chance.choice(FAULTS) if chance.random() < 0.3 else None

    queue = lab.queue(max_receive_count=50)
    keys = [f"k-{number}" for number in range(KEYS)]
    lab.send(queue, *keys, *keys[:4])
    with FaultProxy(dynamodb_url, rule) as proxy:
        environment = {"ONCE_TABLE": "once", "AWS_ENDPOINT_URL_DYNAMODB": proxy.url}
        with lab.direct_worker(queue, "tests.support.once_dynamodb_handlers.handle", **environment):
            wait_until(queue.is_empty, "the end of the orders")
        assert proxy.faults()
    written = {item["key"]["S"]: item["times"]["N"] for item in dynamodb.scan(TableName="effects")["Items"]}
    assert written == dict.fromkeys(keys, "1")
    assert queue.dead_letters() == []
