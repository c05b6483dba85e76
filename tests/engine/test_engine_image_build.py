"""The image build under the real Pulumi engine: what goes wrong, and what the next `pulumi up` makes of it.

CodeBuild is the emulator's, with the outcomes that tests/support/build_cloud.py gives its builds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.build_cloud import BuildCloud, build_cloud
from tests.support.engine import Stack, needs_pulumi, new_stack
from tests.support.provider import TASK_DEFINITION, Action

pytestmark = [needs_pulumi, pytest.mark.slow]

SERVICE = "aws:ecs/service:Service"


def test_a_failed_an_interrupted_and_a_changed_build(tmp_path: Path) -> None:
    with build_cloud() as cloud, new_stack(tmp_path, environment=cloud.environment()) as stack:
        cloud.prepare_stack()
        _a_failed_build_fails_the_deployment_and_says_why(stack, cloud)
        _an_interrupted_deployment_leaves_its_build_running(stack, cloud)
        _the_next_deployment_waits_for_that_build_and_runs_its_image(stack, cloud)
        _the_image_that_is_deployed_is_marked(cloud)
        _changed_content_is_a_new_image_in_the_same_service(stack, cloud)
        _the_image_that_is_deployed_is_marked(cloud)
        _where_the_service_refuses_a_new_image_both_stay_marked_until_an_update_succeeds(stack, cloud)


def _a_failed_build_fails_the_deployment_and_says_why(stack: Stack, cloud: BuildCloud) -> None:
    cloud.phases, cloud.status, cloud.log = ("COMPLETED",), "FAILED", ("collecting", "1 test failed")

    up = stack.up()

    assert up.exit_code != 0
    _, _, told = up.output.partition("Diagnostics:")
    _, _, told = told.partition("ImageBuild (pipeline-image):\n")
    lines = [line.strip() for line in told.splitlines()[:6]]
    assert lines[0].startswith(
        "error: worker_service.pipeline.image.build_run.BuildFailedError: the image build pipeline-build-"
    )
    assert lines[0].endswith(" ended as FAILED")
    assert lines[1:4] == ["BUILD: exit status 1", "collecting", "1 test failed"]
    assert lines[4].startswith("its whole log: https://logs/pipeline-build-")
    assert lines[5] == "next: mend what the log shows, then run `pulumi up` again"
    assert "Traceback" not in up.output
    assert stack.aws.all(SERVICE) == []


def _an_interrupted_deployment_leaves_its_build_running(stack: Stack, cloud: BuildCloud) -> None:
    cloud.phases, cloud.status = ("QUEUED",), "SUCCEEDED"
    cloud.looked_at.clear()

    up = stack.interrupted_up(cloud.looked_at)

    assert up.exit_code != 0
    assert stack.aws.all(SERVICE) == []


def _the_next_deployment_waits_for_that_build_and_runs_its_image(stack: Stack, cloud: BuildCloud) -> None:
    cloud.phases = ("QUEUED", "QUEUED", "QUEUED", "COMPLETED")
    builds = len(cloud.started)

    up = stack.up()

    assert up.exit_code == 0, up.output
    assert len(cloud.started) == builds
    assert "COMPLETED" in up.output
    [task_definition] = stack.aws.all(TASK_DEFINITION)
    assert stack.outputs()["image"] in task_definition["containerDefinitions"]


def _the_image_that_is_deployed_is_marked(cloud: BuildCloud) -> None:
    newest, *older = reversed(cloud.images())

    assert len([tag for tag in newest if tag.startswith("deployed.up.")]) == 1
    assert [tag for tags in older for tag in tags if tag.startswith("deployed.")] == []


def _where_the_service_refuses_a_new_image_both_stay_marked_until_an_update_succeeds(
    stack: Stack, cloud: BuildCloud
) -> None:
    stack.aws.refused_updates = {SERVICE}
    (stack.directory / "worker" / "refused.py").write_text("")
    assert stack.up().exit_code != 0
    assert stack.up().exit_code != 0
    assert [len(tags) for tags in cloud.images()[-2:]] == [2, 2]

    stack.aws.refused_updates = set()
    up = stack.up()

    assert up.exit_code == 0, up.output
    _the_image_that_is_deployed_is_marked(cloud)


def _changed_content_is_a_new_image_in_the_same_service(stack: Stack, cloud: BuildCloud) -> None:
    cloud.phases = ("COMPLETED",)
    first_image, builds = stack.outputs()["image"], len(cloud.started)
    (stack.directory / "worker" / "added.py").write_text("")

    preview = stack.preview()
    assert preview.exit_code == 0, preview.output
    assert len(cloud.started) == builds

    up = stack.up()

    assert up.exit_code == 0, up.output
    assert len(cloud.started) == builds + 1
    assert stack.outputs()["image"] != first_image
    assert up.actions == [
        Action("create", TASK_DEFINITION, "worker-task-definition"),
        Action("update", SERVICE, "worker-service"),
    ]
