"""docs/changes.md under the real engine: what changes in place does so at once; a protected stack refuses the rest.

That a change of every input is one or the other, tests/unit/worker_service/test_changes.py finds; here is what the
engine makes of it. What cannot change in place is the stand-in's, REPLACED_BY in tests/support/provider.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.changed_inputs import CHANGES
from tests.support.engine import Stack, needs_pulumi, new_stack
from tests.support.provider import TASK_DEFINITION
from tests.support.worker_service import IMAGE
from tests.unit.worker_service.test_changes import TABLE

pytestmark = [needs_pulumi, pytest.mark.slow]

#: Where one change leaves no room for another, or AWS itself would be called.
APART = {
    *("ignore_delayed_retries", "min_count", "scaling", "alarm_topic_arn", "protect", "subnet_type", "cpu"),
    *("desired_count", "pre_deploy_command"),
}
#: What holds messages, keys or logs.
REFUSED = ("fifo", "encryption", "kms_key_arn", "log_group_prefix", "log_group_arn")
HOLDERS = {"aws:sqs/queue:Queue", "aws:sns/topic:Topic", "aws:kms/key:Key", "aws:cloudwatch/logGroup:LogGroup"}


def write_config(stack: Stack, **config: Any) -> None:
    """Pulumi.dev.yaml as a person writes it, with what the CLI has put there."""
    path = stack.directory / "Pulumi.dev.yaml"
    kept = {key: value for key, value in yaml.safe_load(path.read_text()).items() if key != "config"}
    path.write_text(yaml.safe_dump({**kept, "config": {"aws:region": "eu-west-1", "image": IMAGE, **config}}))


def test_all_that_changes_in_place_does_so_and_a_protected_stack_refuses_the_rest(tmp_path: Path) -> None:
    in_place = [key for key, change in CHANGES.items() if not change.before and key not in TABLE and key not in APART]
    assert len(in_place) > 50
    with new_stack(tmp_path) as stack:
        write_config(stack)
        up = stack.up()
        assert up.exit_code == 0, up.output
        held = {type_: stack.aws.all(type_) for type_ in HOLDERS}

        for key in REFUSED:
            write_config(stack, **CHANGES[key].after)
            refused = stack.preview()
            assert refused.exit_code != 0, f"{key}: {refused.output}"
            assert "protect" in refused.output, key

        write_config(stack, **{name: value for key in in_place for name, value in CHANGES[key].after.items()})
        changed = stack.up()
        assert changed.exit_code == 0, changed.output
        assert [action for action in changed.actions if action.operation == "delete"] == []
        assert len(stack.aws.all(TASK_DEFINITION)) == 2
        names = {type_: [thing["name"] for thing in things] for type_, things in held.items() if "Key" not in type_}
        for type_, before in names.items():
            assert before == [thing["name"] for thing in stack.aws.all(type_)][: len(before)]
