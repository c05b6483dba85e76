"""examples/two-queues, sources, existing and other-account in the box: where each message ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import Aws
from local.box_state import read_state
from local.emulator.account import root_credentials
from tests.support.box import copy_checkout, run_box, running_up, wait_until

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"


def copied(name: str, directory: Path) -> Path:
    ignored = shutil.ignore_patterns(".box", "__pycache__")
    return Path(shutil.copytree(EXAMPLES / name, directory / name, ignore=ignored))


def queues(sqs: Any, part: str) -> list[str]:
    return [url for url in sqs.list_queues().get("QueueUrls", []) if part in url]


def test_each_queue_has_its_handler_and_one_service_works_both_off(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copied("two-queues", tmp_path)
    with running_up(checkout, "--port", "0", program=program):
        run_box(checkout, "publish", "--program", str(program), "--group", "alice", '{"order": "o-1"}')
        sns = read_state(program).aws().client("sns")
        [mailings] = [topic["TopicArn"] for topic in sns.list_topics()["Topics"] if "mailings" in topic["TopicArn"]]
        sns.publish(TopicArn=mailings, Message='{"to": "bob"}')
        shown = checkout / "up.txt"
        wait_until(lambda: "order o-1 of alice from queue main" in shown.read_text())
        wait_until(lambda: "mailing to bob from queue mailings" in shown.read_text())
        status = run_box(checkout, "status", "--program", str(program)).stdout
        assert [title in status for title in ("queue main", "dead-letter queue main", "queue mailings")] == [True] * 3
        sns.publish(TopicArn=mailings, Message="no JSON")
        wait_until(lambda: "message_rejected" in shown.read_text() or "rejected" in shown.read_text())
        redriven = run_box(checkout, "redrive", "--program", str(program)).stdout
        assert "1 message moved back to the queue mailings." in redriven
        assert "0 messages moved back to the queue main." in redriven


def test_a_rule_and_a_bucket_are_sources(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copied("sources", tmp_path)
    with running_up(checkout, "--port", "0", program=program):
        aws = read_state(program).aws()
        s3, events = aws.client("s3"), aws.client("events")
        for key in ("incoming/a.csv", "incoming/a.txt", "other/b.csv"):
            s3.put_object(Bucket="uploads-of-the-box", Key=key, Body=b"1;2")
        for kind, payment in (("payment received", "p-1"), ("payment refused", "p-2"), ("payment received", "p-3")):
            entry = {"Source": "shop.payments", "DetailType": kind, "Detail": json.dumps({"payment": payment})}
            assert events.put_events(Entries=[entry])["Entries"][0]["EventId"]
        shown = checkout / "up.txt"
        wait_until(lambda: "uploaded: incoming/a.csv" in shown.read_text())
        wait_until(lambda: "paid: p-3" in shown.read_text())
        text = shown.read_text()
    assert "paid: p-1" in text
    assert "p-2" not in text
    assert "a.txt" not in text
    assert "other/b.csv" not in text


def test_an_existing_topic_and_queue_are_consumed_and_their_dead_letters_stay_theirs(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copied("existing", tmp_path)
    with running_up(checkout, "--port", "0", program=program):
        for message in ('{"order": "o-1"}', '{"order": ""}'):
            published = run_box(checkout, "publish", "--program", str(program), message)
            assert published.returncode == 0, published.stderr
        shown = checkout / "up.txt"
        wait_until(lambda: "order o-1 is handled" in shown.read_text())
        wait_until(lambda: "an order without a number" in shown.read_text())
        sqs = read_state(program).aws().client("sqs")
        [dead] = queues(sqs, "live-orders-dead")
        counts = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]
        assert counts["ApproximateNumberOfMessages"] == "1"
        assert len(queues(sqs, "live-orders")) == len(queues(sqs, "")) == 2


def test_a_publisher_of_another_account_needs_the_policies_of_both(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copied("other-account", tmp_path)
    with running_up(checkout, "--port", "0", program=program):
        ours = read_state(program).aws()
        root = Aws(ours.endpoint_url, ours.region, root_credentials("444455556666"))
        [topic] = [topic["TopicArn"] for topic in ours.client("sns").list_topics()["Topics"]]
        session = root.client("sts").assume_role(
            RoleArn="arn:aws:iam::444455556666:role/publisher", RoleSessionName="test"
        )["Credentials"]
        publisher = Aws(
            ours.endpoint_url,
            ours.region,
            {
                "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
                "AWS_SESSION_TOKEN": session["SessionToken"],
            },
        )
        publisher.client("sns").publish(TopicArn=topic, Message='{"order": "o-1"}')
        stranger = Aws(ours.endpoint_url, ours.region, root_credentials("777788889999"))
        with pytest.raises(ClientError, match=r"AuthorizationError|AccessDenied"):
            stranger.client("sns").publish(TopicArn=topic, Message='{"order": "o-2"}')
        shown = checkout / "up.txt"
        wait_until(lambda: "order o-1 arrived" in shown.read_text())
        assert "o-2 arrived" not in shown.read_text()
