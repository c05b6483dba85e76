"""How large a message `workers send` takes: as large as the topic or the queue, and nothing is sent of what is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.emulator import Emulator
from tests.support.emulator import Cloud
from worker_ops.errors import OpsError
from worker_ops.messages.reading import read_attributes
from worker_ops.messages.sending import Outlet, check_sendable, send_all

KIB = 1_024


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


def sizes_in(cloud: Cloud, url: str) -> list[int]:
    sqs = cloud.admin("sqs")
    sizes: list[int] = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        sizes += [len(message["Body"]) for message in found]
    return sorted(sizes)


def test_a_queue_takes_as_much_as_it_says(cloud: Cloud) -> None:
    url, _ = cloud.queue(MaximumMessageSize=str(1_024 * KIB))
    outlet = Outlet(cloud.operator(), None, url)
    bodies = ["x" * 1_024 * KIB, *("y" * 400 * KIB for _ in range(4))]

    check_sendable(outlet, bodies)
    assert send_all(outlet, bodies, None, lambda _count: None) == 5

    assert sizes_in(cloud, url) == [400 * KIB] * 4 + [1_024 * KIB]


@pytest.mark.parametrize("is_topic", [True, False])
def test_every_message_that_is_too_large_is_named(cloud: Cloud, is_topic: bool) -> None:
    url, arn = cloud.queue(MaximumMessageSize=str(256 * KIB))
    topic_arn = cloud.topic() if is_topic else None
    attributes = read_attributes(["tenant=t-1"])
    outlet = Outlet(cloud.operator(), topic_arn, None if topic_arn else url, attributes)
    most = 256 * KIB - len("tenantStringt-1")
    check_sendable(outlet, ["a" * most])

    with pytest.raises(OpsError) as raised:
        check_sendable(outlet, ["a", "b" * (most + 1), "c" * most, "d" * 300_000])

    name = (topic_arn or arn).rpartition(":")[2]
    assert str(raised.value).splitlines() == [
        "message 2: has 262,145 bytes with its attributes",
        "message 4: has 300,015 bytes with its attributes",
        f"{'topic' if is_topic else 'queue'} {name} takes 262,144 at most: nothing was sent",
    ]
