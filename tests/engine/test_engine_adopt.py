"""docs/adopt.md under the real engine: what is live is imported as it is, and let go again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.engine import ROOT, Stack, copy_source, engine, needs_pulumi, use_the_tests_environment
from tests.support.provider import Action, FakeAws

pytestmark = [needs_pulumi, pytest.mark.slow]

QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
LIVE_TYPES = (QUEUE, TOPIC, SUBSCRIPTION)
ARN = "arn:aws:sns:eu-west-1:111122223333:live-orders"
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/live-orders"
NETWORK = {
    "cluster_arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/workers",
    "vpc_id": "vpc-0a1b2c3d",
    "subnet_ids": ["subnet-0a1b2c3d"],
    "image": "registry.example.com/worker:1",
}


def somebody_made(aws: FakeAws, **of_queue: object) -> None:
    """The live ones, as the guide's inputs say."""
    queue = {"messageRetentionSeconds": 345_600, "visibilityTimeoutSeconds": 120, "receiveWaitTimeSeconds": 20}
    aws.live(TOPIC, ARN, name="live-orders")
    aws.live(QUEUE, URL, name="live-orders", sqsManagedSseEnabled=True, **{**queue, **of_queue})
    aws.live(
        QUEUE, f"{URL}-dead", name="live-orders-dead", sqsManagedSseEnabled=True, messageRetentionSeconds=1_209_600
    )
    dead = aws.all(QUEUE)[1]["arn"]
    aws.live(
        SUBSCRIPTION,
        f"{ARN}:0a1b2c3d-0000-1111-2222-333344445555",
        topic=ARN,
        protocol="sqs",
        endpoint=aws.all(QUEUE)[0]["arn"],
        redrivePolicy=json.dumps({"deadLetterTargetArn": dead}),
    )


def program(directory: Path) -> Path:
    """The guide's."""
    folder = directory / "program"
    folder.mkdir()
    copy_source("components", folder)
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "adopt.md").read_text(), re.DOTALL)
    (folder / "__main__.py").write_text(code)
    (folder / "Pulumi.yaml").write_text("name: adopt\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    (folder / "Pulumi.dev.yaml").write_text(
        f"config:\n  aws:region: eu-west-1\n  adopt:network: {json.dumps(NETWORK)}\n"
    )
    use_the_tests_environment(folder)
    return folder


def of_live_ones(actions: list[Action]) -> list[Action]:
    return [action for action in actions if action.type in LIVE_TYPES]


def without_transform(stack: Stack) -> None:
    main = stack.directory / "__main__.py"
    main.write_text(main.read_text().replace("    pulumi.ResourceOptions(transforms=[adopt]),\n", ""))


def test_live_ones_are_imported_without_a_change_and_let_go_as_they_are(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        somebody_made(running.aws)
        before = {type_: running.aws.all(type_) for type_ in LIVE_TYPES}
        stack = running.new_stack(program(tmp_path), "dev")

        seen = stack.preview()
        assert seen.exit_code == 0, seen.output
        assert len(re.findall(r"= +(?:│ +|├─ +|└─ +)*aws:s[nq]s:\w+ +.*import", seen.output)) == 4, seen.output
        adopted = stack.up()
        assert adopted.exit_code == 0, adopted.output
        assert of_live_ones(adopted.actions) == []
        assert {type_: running.aws.all(type_) for type_ in LIVE_TYPES} == before
        assert stack.outputs()["queue_url"] == URL

        without_transform(stack)
        again = stack.up("--expect-no-changes")
        assert again.exit_code == 0, again.output

        assert stack.destroy().exit_code != 0
        assert stack.unprotect().exit_code == 0
        gone = stack.destroy()
        assert gone.exit_code == 0, gone.output
        assert of_live_ones(gone.actions) == []
        assert {type_: running.aws.all(type_) for type_ in LIVE_TYPES} == before


def test_what_does_not_match_is_seen_before_and_changed_in_place(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        somebody_made(running.aws, visibilityTimeoutSeconds=45)
        stack = running.new_stack(program(tmp_path), "dev")

        seen = stack.preview("--diff")
        assert re.search(r"~ visibilityTimeoutSeconds: 45 => 120", seen.output), seen.output
        changed = stack.up()
        assert changed.exit_code == 0, changed.output
        assert of_live_ones(changed.actions) == [Action("update", QUEUE, "orders-queue")]
        assert running.aws.all(QUEUE)[0]["name"] == "live-orders"
