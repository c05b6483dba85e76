"""The example in YAML under the real Pulumi engine: the components from a language that is not Python.

The engine starts the provider host of components/ from their folder, in the environment that the tests run in, which
`pulumi install` would make.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.engine import Stack, needs_pulumi
from tests.support.provider import TASK_DEFINITION
from tests.support.yaml_example import yaml_example

pytestmark = [needs_pulumi, pytest.mark.slow]

QUEUE = "aws:sqs/queue:Queue"
_REFUSED = (
    "error: workers:index:{component} resource '{name}' has a problem: {component} '{name}' has invalid arguments:"
)


def test_the_example_from_preview_to_destroy(tmp_path: Path) -> None:
    with yaml_example(tmp_path) as stack:
        preview = stack.preview()
        assert preview.exit_code == 0, preview.output
        assert preview.actions == []

        up = stack.up()
        assert up.exit_code == 0, up.output
        assert {action.operation for action in up.actions} == {"create"}
        _assert_the_inputs_arrived(stack)
        _assert_the_outputs_are_the_clouds(stack)

        second_up = stack.up("--expect-no-changes")
        assert second_up.exit_code == 0, second_up.output
        assert second_up.actions == []

        destroy = stack.destroy()
        assert destroy.exit_code == 0, destroy.output
        assert stack.resources() == []


def _assert_the_inputs_arrived(stack: Stack) -> None:
    [task_definition] = stack.aws.all(TASK_DEFINITION)
    [container] = json.loads(task_definition["containerDefinitions"])
    variables = {variable["name"]: variable["value"] for variable in container["environment"]}
    assert variables["ORDER_CURRENCY"] == "EUR"
    assert variables["WORKER_HANDLER"] == "app.orders.handle"
    [redrive] = stack.aws.all("aws:sqs/redrivePolicy:RedrivePolicy")
    assert json.loads(redrive["redrivePolicy"])["maxReceiveCount"] == 5
    [scaling] = stack.aws.all("aws:appautoscaling/target:Target")
    assert (scaling["minCapacity"], scaling["maxCapacity"]) == (1, 2)


def _assert_the_outputs_are_the_clouds(stack: Stack) -> None:
    outputs = stack.outputs()
    [topic] = stack.aws.all("aws:sns/topic:Topic")
    assert outputs["topicArn"] == topic["arn"]
    assert {outputs["queueUrl"], outputs["deadLetterQueueUrl"]} == {queue["url"] for queue in stack.aws.all(QUEUE)}


def test_bad_inputs_are_refused_all_at_once_and_nothing_is_created(tmp_path: Path) -> None:
    with yaml_example(tmp_path) as stack:
        _replace(stack, {"maxCount: 2": "maxCount: -2", "ORDER_CURRENCY": "5x"})

        preview = stack.preview()

        assert _problems(preview.output) == [
            _REFUSED.format(component="WorkerService", name="orders"),
            "environment key: '5x' is not a name of letters, digits and _ . -",
            "max_count: -2 is not a whole number from 1 to 5000",
        ]
        assert preview.exit_code != 0
        assert stack.aws.actions == []
        assert stack.resources() == []


def test_an_image_cannot_be_built_during_up_and_nothing_is_created(tmp_path: Path) -> None:
    with yaml_example(tmp_path) as stack:
        program = stack.directory / "Pulumi.yaml"
        head, _, _ = program.read_text().partition("resources:")
        program.write_text(
            f"{head}resources:\n  build:\n    type: workers:index:PipelineComponent\n"
            "    properties:\n      source: directory\n"
        )

        up = stack.up()

        assert _problems(up.output) == [
            _REFUSED.format(component="PipelineComponent", name="build"),
            "source: 'directory' is not connection or s3; only a program that imports worker_service builds images",
        ]
        assert up.exit_code != 0
        assert up.actions == []


def _replace(stack: Stack, replacements: dict[str, str]) -> None:
    program = stack.directory / "Pulumi.yaml"
    text = program.read_text()
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    program.write_text(text)


def _problems(output: str) -> list[str]:
    """The lines of the one error, with nothing after them such as a traceback."""
    _, _, diagnostics = output.partition("Diagnostics:")
    told = diagnostics[diagnostics.index("error: ") :].partition("\n\n")[0]
    return [line.strip() for line in told.splitlines()]
