"""The pipeline's own stack under the real Pulumi engine: preview, up, a second up, and its protection."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine import needs_pulumi, new_stack

pytestmark = [needs_pulumi, pytest.mark.slow]


def test_the_pipeline_stack_comes_up_alone_and_stays_as_it_is(tmp_path: Path) -> None:
    with new_stack(tmp_path, "pipeline") as stack:
        preview = stack.preview()
        assert preview.exit_code == 0, preview.output
        assert preview.actions == []

        up = stack.up()
        assert up.exit_code == 0, up.output
        assert {action.operation for action in up.actions} == {"create"}
        assert sorted(stack.outputs()) == ["build_project_name", "pipeline_arn", "pipeline_url", "repository_url"]
        assert stack.aws.all("aws:ecs/service:Service") == []

        second_up = stack.up("--expect-no-changes")
        assert second_up.exit_code == 0, second_up.output
        assert second_up.actions == []

        destroy = stack.destroy()
        assert destroy.exit_code != 0
        assert destroy.actions == []


def test_a_bad_pipeline_prints_every_problem_and_creates_nothing(tmp_path: Path) -> None:
    with new_stack(tmp_path, "pipeline") as stack:
        up = stack.up(repository_id="orders", connection_arn="arn:aws:x", keep_images="0")

        assert up.exit_code != 0
        assert stack.aws.actions == []
        _, _, diagnostics = up.output.partition("Diagnostics:")
        _, _, told = diagnostics.partition("the config of stack pipeline has 3 problem(s):\n")
        assert sorted(line.strip().split(":")[0] for line in told.splitlines()[:3]) == [
            "connection_arn",
            "keep_images",
            "repository_id",
        ]
        assert "Traceback" not in up.output
