"""A stack with bad config under the real Pulumi engine: every problem at once, and nothing created."""

from __future__ import annotations

from pathlib import Path

from tests.support.engine import needs_pulumi, new_stack

pytestmark = needs_pulumi


def test_a_bad_stack_prints_every_problem_and_creates_nothing(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        result = stack.up(task_size="huge", desired_count="-1", image="i" * 201, desired_cuont="2")
        print(result.output)
        assert result.exit_code != 0
        assert "Traceback" not in result.output
        assert stack.aws.actions == []
        assert stack.resources() == ["x"]
