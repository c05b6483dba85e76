"""A protected stack under the real Pulumi engine: what holds messages cannot be deleted by accident, nor by force."""

from __future__ import annotations

from pathlib import Path

from tests.support.engine import needs_pulumi, new_stack

pytestmark = needs_pulumi

HOLDS_WHAT_CANNOT_BE_MADE_AGAIN = [
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:kms/key:Key",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
]


def test_destroy_is_refused_and_even_forced_keeps_messages_key_and_log(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        up = stack.up(image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker:1", protect="true")
        assert up.exit_code == 0, up.output

        refused = stack.destroy()

        assert refused.exit_code != 0
        assert refused.actions == []
        message = " ".join(refused.output.split())
        assert "cannot be deleted because it is protected" in message
        assert "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`" in message

        stack.unprotect()
        forced = stack.destroy()

        assert forced.exit_code == 0, forced.output
        assert stack.resources() == []
        left = {key.type for key in stack.aws.cloud}
        assert left.issuperset(HOLDS_WHAT_CANNOT_BE_MADE_AGAIN)
        assert len(stack.aws.all("aws:sqs/queue:Queue")) == 2
        deleted = {action.type for action in forced.actions}
        assert "aws:ecs/service:Service" in deleted
