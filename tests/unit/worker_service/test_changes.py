"""What a change of every input does to what is there: docs/changes.md, held to what the program declares.

The provider's rules on what cannot change in place are the stand-in's, in tests/support/provider.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import stack_config
from tests.support.changed_inputs import CHANGES
from tests.support.deploy import deploy, remembered
from tests.support.provider import REPLACED_BY
from tests.support.recording import Resource
from tests.support.worker_service import IMAGE
from tests.unit.worker_service.test_attributes import ATTRIBUTES

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| `(\w+)` \| (.*?) ?\| (.*?) ?\|", re.MULTILINE)
#: Input -> what is replaced, what is taken away, by the names of types.
TABLE = {key: (anew, gone) for key, anew, gone in ROW.findall((ROOT / "docs" / "changes.md").read_text())}
#: A revision is registered beside the old one; the others are written anew with what they belong to.
NOT_LISTED = {*ATTRIBUTES, "aws:ecs/taskDefinition:TaskDefinition"}
OTHER_STACK = {
    "vpc_id": "vpc-1",
    "public_subnet_ids": ["subnet-1"],
    "private_subnet_ids": ["subnet-2"],
    "cluster_arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/workers",
}


@remembered
def declared(config: dict[str, Any]) -> Any:
    return deploy(
        ROOT / "__main__.py", config={"image": IMAGE, **config}, stack_outputs={"acme/network/prod": OTHER_STACK}
    )


def by_urn(config: dict[str, Any]) -> dict[str, Resource]:
    return {resource.urn: resource for resource in declared(config).resources}


def replaced(before: Resource, after: Resource) -> bool:
    names = {*before.inputs, *after.inputs}
    changed = {name for name in names if (before.inputs.get(name) or None) != (after.inputs.get(name) or None)}
    return not changed.isdisjoint(REPLACED_BY.get(before.type, set()))


def short(resources: list[Resource]) -> set[str]:
    return {
        r.type.rsplit(":", 1)[-1] for r in resources if r.type not in NOT_LISTED and not r.type.startswith("workers:")
    }


def listed(types: str) -> set[str]:
    return set(re.findall(r"\w+", types))


def test_a_change_of_every_input_is_tried():
    assert set(CHANGES) == set(stack_config.ROWS)


@pytest.mark.parametrize("key", CHANGES)
def test_a_change_is_in_place_or_in_the_table(key: str):
    before, after = by_urn(CHANGES[key].before), by_urn(CHANGES[key].after)
    both = before.keys() & after.keys()
    anew = short([before[urn] for urn in both if replaced(before[urn], after[urn])])
    gone = short([before[urn] for urn in before.keys() - after.keys()])
    table_anew, table_gone = (listed(types) for types in TABLE.get(key, ("", "")))

    assert anew == table_anew
    # Of a whole stack the table names what matters.
    assert gone == table_gone or (key == "name_prefix" and table_gone and table_gone < gone)
