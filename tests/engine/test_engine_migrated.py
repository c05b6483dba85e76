"""A project that the converter wrote, under the real engine: it takes over Copilot's live queues as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.engine import copy_source, engine, needs_pulumi, use_the_tests_environment
from tests.support.provider import Action
from worker_ops.migrate.copilot.convert import convert_workspace
from worker_ops.migrate.copilot.workspace import read_workspace

pytestmark = [needs_pulumi, pytest.mark.slow]

QUEUE = "aws:sqs/queue:Queue"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TOPIC_ARN = "arn:aws:sns:eu-west-1:111122223333:shop-prod-api-placed"
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/shop-prod-orders-EventsQueue"
SUBSCRIPTION_ARN = f"{TOPIC_ARN}:0a1b2c3d-0000-1111-2222-333344445555"
MANIFEST = """\
name: orders
type: Worker Service
image: {location: 'shop/orders:7'}
subscribe:
  topics: [{name: placed, service: api}]
  queue: {timeout: 45s, dead_letter: {tries: 5}}
"""
ADOPT = f"""\
  orders:adopt:
    orders-queue: {URL}
    orders-dead-letter-queue: {URL}-dead
    orders-api-placed-subscription: {SUBSCRIPTION_ARN}
"""


def written(directory: Path) -> Path:
    """The converted service's project, with the ids and the key that its guide asks for."""
    manifest = directory / "copilot" / "orders" / "manifest.yml"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(MANIFEST)
    files = convert_workspace(read_workspace(directory, application="shop", environments=["prod"]), {}).files
    folder = directory / "orders"
    folder.mkdir()
    for name, text in files.items():
        (directory / name).write_text(text)
    (folder / "Pulumi.yaml").write_text("name: orders\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    stack = folder / "Pulumi.prod.yaml"
    with_key = stack.read_text().replace(
        "    scaling: copilot\n", f"    scaling: copilot\n    kms_key_arn: {KEY_ARN}\n"
    )
    stack.write_text(with_key + ADOPT + "  aws:region: eu-west-1\n")
    copy_source("components", folder)
    use_the_tests_environment(folder)
    return folder


def test_the_live_queues_are_taken_over_as_they_are(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        aws = running.aws
        # As large as SQS's own default is.
        queue = {"messageRetentionSeconds": 345_600, "kmsMasterKeyId": KEY_ARN, "maxMessageSize": 1_048_576}
        aws.live(QUEUE, URL, **{"name": "live", **queue, "visibilityTimeoutSeconds": 45, "receiveWaitTimeSeconds": 20})
        aws.live(QUEUE, f"{URL}-dead", **{"name": "live-dead", **queue, "messageRetentionSeconds": 1_209_600})
        live, dead = aws.all(QUEUE)
        # Copilot's has no dead-letter queue of its own.
        aws.live(SUBSCRIPTION, SUBSCRIPTION_ARN, topic=TOPIC_ARN, protocol="sqs", endpoint=live["arn"])
        stack = running.new_stack(written(tmp_path), "prod")

        up = stack.up()
        assert up.exit_code == 0, up.output
        assert [action for action in up.actions if action.type in (QUEUE, SUBSCRIPTION)] == [
            Action("update", SUBSCRIPTION, "orders-api-placed-subscription")
        ]
        assert stack.outputs()["queue_url"] == URL
        assert [found["arn"] for found in aws.all(QUEUE)] == [live["arn"], dead["arn"]]

        without = stack.directory / "Pulumi.prod.yaml"
        without.write_text(re.sub(r"  orders:adopt:\n(    .*\n)+", "", without.read_text()))
        again = stack.up("--expect-no-changes")
        assert again.exit_code == 0, again.output
