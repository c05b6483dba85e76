"""docs/migrate.md in the box under the real engine: what an old stack let go gets an owner, and stays as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from local.aws import Aws
from tests.engine.test_engine_box_adopt import new_program
from tests.support.box_stack import box_stack
from tests.support.copilot_service import CopilotService, copilot_service
from tests.support.engine import ROOT, needs_pulumi

pytestmark = [needs_pulumi, pytest.mark.slow]

LOG_GROUP = "/copilot/shop-prod-orders"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
[PROGRAM] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "migrate.md").read_text(), re.DOTALL)


def test_topic_key_and_log_group_are_imported_as_they_are_and_stay(tmp_path: Path) -> None:
    with box_stack(tmp_path, program=new_program(tmp_path)) as stack:
        old = copilot_service(stack.aws)
        stack.aws.client("logs").create_log_group(logGroupName=LOG_GROUP)
        stack.aws.client("logs").put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=30)
        code = re.sub(r'TOPIC = ".*"', f'TOPIC = "{old.topic_arn}"', PROGRAM)
        (stack.program / "__main__.py").write_text(code.replace(KEY_ID, old.key_arn.rpartition("/")[2]))
        before = live(stack.aws, old)

        assert stack.steps() == {
            "pulumi:pulumi:Stack adopt-dev": "create",
            "aws:cloudwatch/logGroup:LogGroup old-log": "import",
            "aws:kms/key:Key events-key": "import",
            "aws:sns/topic:Topic placed": "import",
        }
        stack.deployed()
        assert stack.deployed("--expect-no-changes")
        assert live(stack.aws, old) == before
        assert stack.run("destroy", "--yes").exit_code != 0
        assert stack.run("state", "unprotect", "--all", "--yes").exit_code == 0
        assert stack.run("destroy", "--yes").exit_code == 0
        assert live(stack.aws, old) == before


def live(aws: Aws, old: CopilotService) -> list[Any]:
    """What AWS says of each."""
    [group] = aws.client("logs").describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
    return [
        aws.client("sns").get_topic_attributes(TopicArn=old.topic_arn)["Attributes"],
        aws.client("kms").describe_key(KeyId=old.key_arn)["KeyMetadata"],
        aws.client("kms").get_key_policy(KeyId=old.key_arn, PolicyName="default")["Policy"],
        group,
    ]
