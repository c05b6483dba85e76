"""Pulumi.yaml, the rules, the components' defaults, the stacks and README say the same."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import stack_config
from scripts.readme_inputs import declared_config, with_table
from worker_service import defaults
from worker_service.inputs.rules import Number

ROOT = Path(__file__).parent.parent.parent
DECLARED = declared_config()
NOT_GIVEN = ("", 0, [], {})


def test_every_key_that_is_read_is_declared_and_the_other_way_round():
    assert set(DECLARED) == set(stack_config.RULES)


@pytest.mark.parametrize("key", DECLARED)
def test_a_declaration_has_type_default_and_description(key: str):
    assert {"type", "default", "description"} <= set(DECLARED[key])
    assert DECLARED[key]["description"].strip()


def declared_default(key: str) -> Any:
    """The default as the program takes it: Pulumi.yaml has no type for numbers that are not whole."""
    default = DECLARED[key]["default"]
    return float(default) if isinstance(stack_config.RULES[key], Number) else default


def as_written(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else getattr(value, "value", value)


@pytest.mark.parametrize("key", DECLARED)
def test_a_declared_default_is_the_components_own_or_says_not_given(key: str):
    own_default = getattr(defaults, key.upper(), None)

    if own_default is None:
        assert DECLARED[key]["default"] in NOT_GIVEN
    else:
        assert declared_default(key) == as_written(own_default)


@pytest.mark.parametrize("key", [key for key, item in DECLARED.items() if item["default"] not in NOT_GIVEN])
def test_a_declared_default_fits_its_rule(key: str):
    assert stack_config.RULES[key].problems(key, declared_default(key)) == []


def test_readme_has_the_table_of_inputs_as_make_docs_writes_it():
    readme = (ROOT / "README.md").read_text()

    assert with_table(readme, DECLARED) == readme


@pytest.mark.parametrize("stack", ["dev", "pipeline"])
def test_a_stack_that_comes_with_the_project_sets_declared_keys_alone(stack: str):
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    own_keys = {key for key in config if ":" not in key}

    assert own_keys <= set(DECLARED)
    assert own_keys
