"""The move "beside" from Copilot in the box under the real engine, while somebody keeps publishing: no message is lost.

The new stack's queue subscribes first. From then on both queues get each message, until the old subscription ends; the
old worker goes on until its queues are empty.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.aws import Aws
from local.provisioner.creators import CREATORS
from tests.engine.test_engine_box_adopt import copilot_inputs, new_program, write_program
from tests.support.box import wait_until
from tests.support.box_stack import box_stack
from tests.support.copilot_service import CopilotService, copilot_service
from tests.support.engine import needs_pulumi
from tests.support.killed_up import Point, each_held, kill_at

pytestmark = [needs_pulumi, pytest.mark.slow]

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker:1"
WAITING = 800
DELAYED = 100
IN_FLIGHT = 50
DEAD = 50
#: Each step of the `up` that messages depend on, in the order in which they are made.
POINTS = (
    Point(CREATORS, "aws:sqs/queue:Queue"),
    Point(CREATORS, "aws:sqs/queuePolicy:QueuePolicy"),
    Point(CREATORS, "aws:sns/topicSubscription:TopicSubscription"),
    Point(CREATORS, "aws:ecs/service:Service"),
)
_IN_FLIGHT_SECONDS = 5
_DELAY_SECONDS = 10
_PUBLISHING_PAUSE_SECONDS = 0.05


def test_nothing_is_lost_and_only_the_overlap_is_double(tmp_path: Path) -> None:
    with box_stack(tmp_path) as stack:
        old = copilot_service(stack.aws)
        backlog = fill(stack.aws, old)
        for key, value in {"source": "", "image": IMAGE, "topics.main.topic_arn": old.topic_arn}.items():
            stack.set(key, value)

        with Worker(stack.aws, old.queue_url) as old_worker, Publisher(stack.aws, old.topic_arn) as publisher:
            stack.deployed()  # 1. the new queue is subscribed beside the old one
            new_url = stack.outputs()["queue_url"]
            with Worker(stack.aws, new_url) as new_worker:
                publisher.publishes_more()
                # 2. the old one gets no more, and its dead letters are worked off by who knows them
                stack.aws.client("sns").unsubscribe(SubscriptionArn=old.subscription_arn)
                overlap = publisher.published(and_one_under_way=True)
                stack.aws.client("sqs").start_message_move_task(
                    SourceArn=old.dead_letter_queue_arn, DestinationArn=old.queue_arn
                )
                publisher.publishes_more()
                publisher.stop()
                # 3. the old worker ends when nothing is left for it
                wait_until(lambda: is_empty(stack.aws, old.queue_url, old.dead_letter_queue_url))
                wait_until(lambda: is_empty(stack.aws, new_url))

        published = Counter([*backlog, *publisher.published()])
        got = old_worker.got + new_worker.got
        assert set(got) == set(published)
        double = {body for body, count in got.items() if count > 1}
        assert double <= set(overlap)
        assert max(got.values()) <= 2
        assert set(publisher.published()) - set(overlap) <= set(new_worker.got)


def test_nothing_is_lost_whenever_the_up_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One resource at a time, so that nothing but the one that a kill is at is left beside the stack."""
    with box_stack(tmp_path, program=new_program(tmp_path)) as stack:
        old = copilot_service(stack.aws)
        write_program(stack, {}, copilot_inputs(old))

        with Publisher(stack.aws, old.topic_arn) as publisher:
            for held in each_held(monkeypatch, POINTS):
                kill_at(stack, held, "--parallel", "1")
                publisher.publishes_more()
            stack.deployed()
            assert stack.deployed("--expect-no-changes")
            new_url = stack.outputs()["queue_url"]
            publisher.publishes_more()
            stack.aws.client("sns").unsubscribe(SubscriptionArn=old.subscription_arn)
            publisher.publishes_more()
            publisher.stop()
            with Worker(stack.aws, old.queue_url) as old_worker, Worker(stack.aws, new_url) as new_worker:
                wait_until(lambda: is_empty(stack.aws, old.queue_url, new_url))

        assert set(old_worker.got) | set(new_worker.got) == set(publisher.published())
        assert max(old_worker.got.values()) == max(new_worker.got.values()) == 1
        assert set(new_worker.got) > set(publisher.published()) - set(old_worker.got)
        [left] = stack.aws.client("sns").list_subscriptions_by_topic(TopicArn=old.topic_arn)["Subscriptions"]
        assert left["Endpoint"].endswith(f":{new_url.rpartition('/')[2]}")


def fill(aws: Aws, old: CopilotService) -> list[str]:
    """1,000 messages: in flight, waiting, delayed and dead. Their bodies."""
    bodies = {
        "flying": [f"flying-{number}" for number in range(IN_FLIGHT)],
        "waiting": [f"waiting-{number}" for number in range(WAITING)],
        "delayed": [f"delayed-{number}" for number in range(DELAYED)],
        "dead": [f"dead-{number}" for number in range(DEAD)],
    }
    send(aws, old.queue_url, bodies["flying"])
    for _ in range(IN_FLIGHT // 10):
        aws.client("sqs").receive_message(
            QueueUrl=old.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=_IN_FLIGHT_SECONDS
        )
    send(aws, old.queue_url, bodies["waiting"])
    send(aws, old.queue_url, bodies["delayed"], DelaySeconds=_DELAY_SECONDS)
    send(aws, old.dead_letter_queue_url, bodies["dead"])
    return [body for each in bodies.values() for body in each]


def send(aws: Aws, url: str, bodies: list[str], **options: int) -> None:
    for start in range(0, len(bodies), 10):
        entries = [
            {"Id": str(number), "MessageBody": body, **options}
            for number, body in enumerate(bodies[start : start + 10])
        ]
        assert not aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries).get("Failed")


def is_empty(aws: Aws, *urls: str) -> bool:
    counts = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    )
    attributes = [
        aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls
    ]
    return all(each[name] == "0" for each in attributes for name in counts)


class _Repeating:
    """Does something again and again in a thread, until it is stopped."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step = step
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._step()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()


class Worker(_Repeating):
    """Takes messages out of a queue, and remembers what was published or sent."""

    def __init__(self, aws: Aws, url: str) -> None:
        super().__init__(self._work)
        self._sqs, self._url = aws.client("sqs"), url
        self.got: Counter[str] = Counter()

    def _work(self) -> None:
        received = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in received.get("Messages", []):
            self.got[_published(message["Body"])] += 1
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


class Publisher(_Repeating):
    """Publishes one message after the other."""

    def __init__(self, aws: Aws, topic_arn: str) -> None:
        super().__init__(self._publish)
        self._sns, self._topic_arn = aws.client("sns"), topic_arn
        self._count = 0
        self._pause = threading.Event()

    def published(self, *, and_one_under_way: bool = False) -> list[str]:
        """All so far."""
        return [f"published-{number}" for number in range(self._count + and_one_under_way)]

    def publishes_more(self) -> None:
        """Wait until some more are published."""
        before = self._count
        wait_until(lambda: self._count >= before + 20)

    def _publish(self) -> None:
        self._sns.publish(TopicArn=self._topic_arn, Message=f"published-{self._count}")
        self._count += 1
        self._pause.wait(_PUBLISHING_PAUSE_SECONDS)


def _published(body: str) -> str:
    """What was published, out of SNS's envelope, or what was sent."""
    return json.loads(body)["Message"] if body.startswith("{") else body
