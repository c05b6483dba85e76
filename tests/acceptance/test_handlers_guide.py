"""Each handler of docs/handlers.md, as a stranger tries it: a worker runs it, on messages that came through a topic."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from local.emulator import ADMIN_CREDENTIALS, Emulator
from tests.support.emulator import REGION, Cloud, topic_policy
from tests.support.worker_queue import WorkQueue, start_worker, wait_until
from worker_runtime.large_messages.stored_body import StoredBody

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"```python\n# (shop/(?!test_)\S+)\n(.*?)```", (ROOT / "docs" / "handlers.md").read_text(), re.DOTALL
)
BUCKET = "shop-large"
LINES = '[{"sku": "tea", "quantity": 2, "unit_price": "3.50"}]'


class Sent(NamedTuple):
    """A message that is published."""

    body: str
    attributes: dict[str, str] = {}  # noqa: RUF012 - none is changed


@dataclass
class Case:
    """What is sent to a handler, and what comes of it."""

    sent: Sequence[Sent]
    printed: Sequence[str] = ()
    """Lines, in any order."""
    reasons: Sequence[str] = ()
    """Of the dead letters."""
    published: Sequence[str] = field(default_factory=list)
    """Bodies at the topic of publishes_to."""


OF_ORDER = {"order_id": "o-1"}
CASES = {
    "orders": Case([Sent('{"order_id": "o-1"}'), Sent("{}")], ["shipped o-1"], ["order_id is missing"]),
    "invoices": Case(
        [Sent(f'{{"number": "i-1", "due": "2026-12-31", "lines": {LINES}}}'), Sent('{"number": "i-2"}')],
        ["i-1 of 7.00, due on 2026-12-31, try 1"],
        ["due: required, a date such as 2026-11-30; lines: required, a list"],
    ),
    "lifecycle": Case(
        [
            Sent('{"event": "placed", "order_id": "o-1"}'),
            Sent('{"event": "cancelled", "order_id": "o-2", "reason": "late"}'),
        ],
        ["placed o-1", "cancelled o-2 because late"],
    ),
    "payments": Case([Sent('{"card": "good"}'), Sent('{"card": "refused"}')], [], ["CardRefused: refused"]),
    "shipping": Case([Sent('{"order_id": "o-1"}')] * 2, ["shipped o-1"]),
    "refunds": Case([Sent('{"cents": 500}', OF_ORDER)] * 2),
    "charges": Case(
        [Sent('{"cents": 500}', {**OF_ORDER, "reply_to": "a"})] * 2,
        published=['{"receipt":{"order_id":"o-1","cents":500},"to":"a"}'] * 2,
    ),
    "points": Case([Sent('{"customer": "c-1", "points": 7}', OF_ORDER)] * 2),
    "checkout": Case([Sent('{"order_id": "o-1", "skus": ["tea"]}')], published=['{"started":"o-1"}', '{"sku":"tea"}']),
    "imports": Case(
        [Sent("sku,quantity\ntea,2\n"), Sent(StoredBody(BUCKET, "large").pointer)],
        ["sku,quantity and 1 lines", "sku,quantity and 50000 lines"],
    ),
    "stock": Case([Sent('{"sku": "tea", "quantity": 2}')]),
    "pages": Case([Sent('{"url": "https://example.com"}')]),
    "reports": Case([Sent('{"pages": 3}')]),
    "search": Case([Sent('{"name": "tea"}'), Sent("{}")], ["indexed ['tea']"], ["name is missing"]),
    "events": Case(
        [Sent('{"detail-type": "Order Placed", "source": "shop", "detail": {"order_id": "o-1"}}')],
        ["Order Placed {'order_id': 'o-1'}"],
    ),
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        cloud = Cloud(emulator)
        for table, key in (("once", "key"), ("points", "customer")):
            cloud.admin("dynamodb").create_table(
                TableName=table,
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        cloud.admin("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        cloud.admin("s3").put_object(Bucket=BUCKET, Key="large", Body=b"sku,quantity\n" + b"tea,2\n" * 50_000)
        yield cloud


@dataclass
class Service:
    """A topic, its queue, and a topic of `publishes_to` with one too."""

    cloud: Cloud
    queue: WorkQueue
    topic: str
    others: str
    at_others: str

    @classmethod
    def make(cls, cloud: Cloud) -> Service:
        queue = WorkQueue(cloud.emulator.endpoint_url, credentials=ADMIN_CREDENTIALS)
        topic, others = (
            cloud.admin("sns").create_topic(Name=cloud.name(name))["TopicArn"] for name in ("shop", "others")
        )
        at_others, others_arn = cloud.queue("published")
        of_queues = ((queue.url, queue._arn(queue.url), topic), (at_others, others_arn, others))
        for url, arn, source in of_queues:
            queue.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": topic_policy(arn, source)})
            cloud.admin("sns").subscribe(TopicArn=source, Protocol="sqs", Endpoint=arn)
        return cls(cloud, queue, topic, others, at_others)

    def environment(self, name: str) -> dict[str, str]:
        return {
            **self.queue.environment(f"shop.{name}.handle"),
            "SNS_TOPIC_ARN": self.topic,
            "WORKER_TOPIC_RECEIPTS": self.others,
            "WORKER_TOPIC_SHIPMENTS": self.others,
            "ONCE_TABLE": "once",
            "WORKER_LARGE_MESSAGES": json.dumps({"bucket": BUCKET}),
        }

    def publish(self, sent: Sequence[Sent]) -> None:
        for body, attributes in sent:
            self.cloud.admin("sns").publish(
                TopicArn=self.topic,
                Message=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )

    def published(self) -> list[str]:
        got = self.queue.sqs.receive_message(QueueUrl=self.at_others, MaxNumberOfMessages=10).get("Messages", [])
        return sorted(json.loads(message["Body"])["Message"] for message in got)

    def reasons(self) -> list[str]:
        return sorted(
            letter["MessageAttributes"]["worker.error_message"]["StringValue"] for letter in self.queue.dead_letters()
        )


def test_there_is_a_case_for_each_handler_of_the_page() -> None:
    assert {f"shop/{name}.py" for name in CASES} == {name for name, code in BLOCKS if "def handle(" in code}


@pytest.mark.parametrize("name", CASES)
def test_a_handler_of_the_page_does_what_it_says(cloud: Cloud, tmp_path: Path, name: str) -> None:
    (tmp_path / "shop").mkdir()
    for path, code in BLOCKS:
        (tmp_path / path).write_text(code)
    case, service = CASES[name], Service.make(cloud)
    service.publish(case.sent)
    assert sum(service.queue.counts()) == len(case.sent)
    lines = _run(service, name, tmp_path)
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    assert sorted(line for line in lines if not line.startswith("{")) == sorted(case.printed), logged
    assert service.reasons() == sorted(case.reasons)
    assert service.published() == sorted(case.published)
    assert [line for line in logged if line.get("level") == "ERROR"] == []
    _check_effects(cloud, name, tmp_path)


def _run(service: Service, name: str, directory: Path) -> list[str]:
    """What the worker has written when its queue was empty and it was asked to stop."""
    output = directory / "output"
    with output.open("w") as file:
        worker = start_worker(service.environment(name), directory, stdout=file, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: service.queue.is_empty() or worker.poll() is not None, f"the end: {output.read_text()}")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0, output.read_text()
    finally:
        worker.kill()
        worker.wait()
    return output.read_text().splitlines()


def _check_effects(cloud: Cloud, name: str, directory: Path) -> None:
    """What a handler leaves elsewhere."""
    if name == "refunds":
        with closing(sqlite3.connect(directory / "refunds.sqlite")) as database:
            assert list(database.execute("SELECT * FROM refunds")) == [("o-1", 500)]
    if name == "points":
        items: list[dict[str, Any]] = cloud.admin("dynamodb").scan(TableName="points")["Items"]
        assert items == [{"customer": {"S": "c-1"}, "points": {"N": "7"}}]
    if name == "imports":
        objects = lambda: cloud.admin("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])  # noqa: E731
        assert objects() == [] or wait_until(lambda: not objects(), "the deletion")
