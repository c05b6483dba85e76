"""Pulumi.yaml, docs/inputs.md and the schema are what `make docs` writes; docstrings say what the rules do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import stack_config
from scripts.input_docs import default_text, docstrings_of
from scripts.write_docs import documents
from worker_service import (
    DeployRoleArgs,
    EnvironmentArgs,
    PipelineComponentArgs,
    PipelineTarget,
    ScalingSchedule,
    WorkerServiceArgs,
)
from worker_service.environment.inputs import ENVIRONMENT_ROWS
from worker_service.inputs.rows import Row
from worker_service.inputs.rules import Flag, ListOf, Multiple, Number, OneOf, Rule, Whole, is_number
from worker_service.pipeline.deploy_role.inputs import DEPLOY_ROLE_ROWS
from worker_service.pipeline.inputs import PIPELINE_ROWS
from worker_service.service.inputs import WORKER_SERVICE_ROWS

ROOT = Path(__file__).parent.parent.parent
DECLARED = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
NOT_GIVEN = ("", 0, [], {}, False)

ARGS: dict[type, dict[str, Row]] = {
    WorkerServiceArgs: WORKER_SERVICE_ROWS,
    EnvironmentArgs: ENVIRONMENT_ROWS,
    PipelineComponentArgs: PIPELINE_ROWS,
    DeployRoleArgs: DEPLOY_ROLE_ROWS,
    stack_config.ProgramArgs: stack_config.PROGRAM_ROWS,
}
ROWS = [(args, key, row) for args, rows in ARGS.items() for key, row in rows.items()]
IDS = [f"{args.__name__}.{key}" for args, key, _ in ROWS]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_what_is_generated_is_what_make_docs_writes(path: Path):
    assert path.read_text() == documents()[path], "run: make docs"


def test_every_key_that_is_read_is_declared_and_the_other_way_round():
    assert list(DECLARED) == list(stack_config.ROWS)


@pytest.mark.parametrize("key", DECLARED)
def test_a_declared_default_is_the_rows_own_or_says_not_given(key: str):
    row = stack_config.ROWS[key]
    declared = DECLARED[key]["default"]

    if row.default in (None, (), {}):
        assert declared in NOT_GIVEN
    else:
        assert (float(declared) if isinstance(row.rule, Number) else declared) == as_written(row.default)


@pytest.mark.parametrize(("args", "key", "row"), ROWS, ids=IDS)
def test_a_default_fits_its_own_rule(args: type, key: str, row: Row):
    assert row.default is None or row.rule.problems(key, as_written(row.default)) == []


@pytest.mark.parametrize(("args", "key", "row"), ROWS, ids=IDS)
def test_a_docstring_states_range_and_default_as_the_row_has_them(args: type, key: str, row: Row):
    text = docstrings_of(args)[key]

    assert text.endswith((".", ".)"))
    for bounds in bounds_of(row.rule):
        assert states(text, bounds)
    if row.default in (None, (), {}):
        assert row.is_required or "Default none" in text or "Default: " in text
    else:
        assert states(text, f"Default {default_text(row.default)}")


@pytest.mark.parametrize("args", [*ARGS, ScalingSchedule, PipelineTarget], ids=lambda args: args.__name__)
def test_every_key_has_a_docstring(args: type):
    assert list(docstrings_of(args)) == list(args.__annotations__)


def states(text: str, words: str) -> bool:
    """Whether the words stand there, and not the beginning of a longer number."""
    return re.search(rf"{re.escape(words)}(?![\d,]*\d)", text) is not None


@pytest.mark.parametrize("key", stack_config.ROWS)
def test_not_given_can_be_told_from_every_value_of_a_key(key: str):
    """Pulumi.yaml needs a default of every key: where there is none, it must be a value that the rule refuses."""
    row = stack_config.ROWS[key]

    assert row.default is not None or not isinstance(row.rule, Flag)
    assert row.default is not None or not is_number(row.rule) or row.rule.problems(key, 0) != []


def bounds_of(rule: Rule) -> list[str]:
    """What a docstring says of the values that fit."""
    if isinstance(rule, Whole | Multiple | Number):
        return [f"{rule.minimum:,} to {rule.maximum:,}"]
    if isinstance(rule, ListOf):
        least, most = rule.minimum_items, rule.maximum_items
        counted = [f"{least} to {most}" if least < most else f"{least} of them"] if least else []
        return [*counted, *bounds_of(rule.item)]
    if isinstance(rule, OneOf):
        if len(rule.values) > 10:
            return [f"{rule.values[0]:,} to {rule.values[-1]:,}"]
        return list(map(str, rule.values))
    return []


def as_written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [as_written(item) for item in value]
    return getattr(value, "value", value)


@pytest.mark.parametrize("stack", ["dev", "pipeline", "production"])
def test_a_stack_that_comes_with_the_project_sets_declared_keys_alone(stack: str):
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    own_keys = {key for key in config if ":" not in key}

    assert own_keys <= set(DECLARED)
    assert own_keys
