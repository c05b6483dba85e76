"""A stack that scales to zero under the real Pulumi engine: previewed, brought up twice, and left alone by a third up.

The provider is a stand-in, so it does not prove that AWS accepts the inputs.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine import needs_pulumi, new_stack

pytestmark = [needs_pulumi, pytest.mark.slow]

SERVICE = "aws:ecs/service:Service"
TARGET = "aws:appautoscaling/target:Target"
#: Where scaling has brought the service meanwhile.
TASKS_BY_SCALING = 2


def test_a_stack_of_no_task_is_brought_up_twice_and_its_count_is_left_to_scaling(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        config = {"source": "", "image": "nginx:1", "min_count": "0", "desired_count": "0", "fast_scaling": "true"}
        preview = stack.preview(*[word for pair in config.items() for word in ("--config", "=".join(pair))])
        assert preview.exit_code == 0, preview.output
        assert preview.actions == []

        up = stack.up(**config)
        assert up.exit_code == 0, up.output
        assert {action.operation for action in up.actions} == {"create"}
        [service], [target] = stack.aws.all(SERVICE), stack.aws.all(TARGET)
        assert service["desiredCount"] == 0
        assert (target["minCapacity"], target["maxCapacity"]) == (0, 2)
        created = {action.name for action in up.actions}
        assert {"worker-keep-alive-begin", "worker-keep-alive-end", "worker-scaling-unmet-demand"} <= created

        second_up = stack.up("--expect-no-changes")
        assert second_up.exit_code == 0, second_up.output
        assert second_up.actions == []

        service["desiredCount"] = TASKS_BY_SCALING
        new_image = stack.up("--refresh", image="nginx:2")
        assert new_image.exit_code == 0, new_image.output
        assert (f"update {SERVICE}") in {f"{action.operation} {action.type}" for action in new_image.actions}
        assert stack.aws.all(SERVICE)[0]["desiredCount"] == TASKS_BY_SCALING
