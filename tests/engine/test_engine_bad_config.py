"""A stack with bad config under the real Pulumi engine: every problem at once, and nothing created."""

from __future__ import annotations

from pathlib import Path

from tests.support.engine import needs_pulumi, new_stack

pytestmark = needs_pulumi


def test_a_bad_stack_prints_every_problem_and_creates_nothing(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        result = stack.up(task_size="huge", desired_count="-1", image="i" * 201, desired_cuont="2")

        assert result.exit_code != 0
        assert stack.aws.actions == []
        # The engine registers the stack itself before it starts the program.
        assert [urn.split("::")[2] for urn in stack.resources()] == ["pulumi:pulumi:Stack"]
        _, _, diagnostics = result.output.partition("Diagnostics:")
        _, _, told = diagnostics.partition("the config of stack dev has 4 problem(s):\n")
        lines = [line.strip() for line in told.splitlines()[:4]]
        assert sorted(line.split(":")[0] for line in lines) == ["desired_count", "desired_cuont", "image", "task_size"]
        for part in ("desired_count?", "-1", "1 to 5000", "201 characters", "1 to 200", "'huge'", "x-small"):
            assert part in " ".join(lines)
        assert "Traceback" not in result.output
