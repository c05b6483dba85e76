"""Tests that a page names exist: what holds a mend, or shows a feature."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stack_config import PROGRAM_ROWS
from worker_service.environment.inputs import ENVIRONMENT_ROWS
from worker_service.pipeline.inputs import PIPELINE_ROWS
from worker_service.service.inputs import WORKER_SERVICE_ROWS

ROOT = Path(__file__).parents[2]
TESTS = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
PAGES = ["aws.md", "features.md"]


@pytest.mark.parametrize("page", PAGES)
def test_each_named_test_is_there(page: str) -> None:
    named = re.findall(r"`([\w/]*test_\w+\.py)`", (ROOT / "docs" / page).read_text())

    assert named
    assert [name for name in named if not any(f"/{test}".endswith(f"/{name}") for test in TESTS)] == []


def test_each_named_case_is_one_of_its_file() -> None:
    page = (ROOT / "docs" / "aws.md").read_text()
    cases = re.findall(r"`([\w/]*test_\w+\.py)`: ([^|;`]+?)(?=[,;|`]| \|)", page)

    assert cases
    assert [f"{name}: {case}" for name, case in cases if not _has_case(name, case)] == []


def _has_case(name: str, case: str) -> bool:
    """Whether a test of the file says so in its name or the names of its parameters."""
    [test] = [test for test in TESTS if f"/{test}".endswith(f"/{name}")]
    wanted = re.sub(r"\W+", "_", case.lower())
    return any(wanted in found.lower() for found in re.findall(r"def (test_\w+)", (ROOT / test).read_text()))


def test_each_input_is_part_of_a_feature() -> None:
    page = (ROOT / "docs" / "features.md").read_text()
    inputs = {**WORKER_SERVICE_ROWS, **ENVIRONMENT_ROWS, **PIPELINE_ROWS, **PROGRAM_ROWS}

    assert [key for key in inputs if f"`{key}`" not in page] == []


def test_each_feature_that_is_here_has_a_test_and_inputs_that_there_are() -> None:
    inputs = {*WORKER_SERVICE_ROWS, *ENVIRONMENT_ROWS, *PIPELINE_ROWS, *PROGRAM_ROWS}
    page = (ROOT / "docs" / "features.md").read_text()
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.*?) ?\| (.*?) ?\|$", page, re.MULTILINE)
    for feature, here, given, test in rows:
        if feature in ("feature", "---"):
            continue
        assert bool(test) == (here != "no"), feature
        keys = re.findall(r"`([a-z_]+)(?:\.[A-Za-z_.]+)?`", given)
        fields = {"filter_policy_scope", "required_policies"}
        assert [key for key in keys if key not in inputs | fields] == [], feature
