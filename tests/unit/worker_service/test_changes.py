"""What a change of every input does to what is there, docs/changes.md, and to what tasks may call.

The provider's rules on what cannot change in place are the stand-in's, in tests/support/provider.py. What is changed in
place is changed at once with others of its kind; `make test-slow` changes each by itself, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import stack_config
from local.engine.replacements import REPLACED_BY
from tests.support.changed_inputs import CHANGES, Change, at_once
from tests.support.deploy import deploy, remembered
from tests.support.recording import Resource
from tests.support.worker_service import IMAGE, REQUIRED
from tests.unit.worker_service.test_attributes import ATTRIBUTES
from worker_service import endpoint_services
from worker_service.environment.interface_endpoints import WORKER_SERVICES
from worker_service.service.inputs import WORKER_SERVICE_ROWS

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| `(\w+)` \| (.*?) ?\| (.*?) ?\|", re.MULTILINE)
#: Input -> what is replaced, what is taken away, by the names of types.
TABLE = {key: (anew, gone) for key, anew, gone in ROW.findall((ROOT / "docs" / "changes.md").read_text())}
#: Inputs that do not go together in one stack with another one that is changed at once.
APART = {
    "ignore_delayed_retries", "cpu_target_percent", "target_tracking", "maximum_percent", "ipv6", "public_subnet_ids",
    "private_subnet_ids", "source", "notification_email",
}  # fmt: skip
AT_ONCE = [key for key in CHANGES if key not in TABLE.keys() | APART]
OF_PIPELINES = [key for key in AT_ONCE if "source" in CHANGES[key].before]
OF_SERVICES = [key for key in AT_ONCE if key not in OF_PIPELINES]
KINDS = {
    "of any service": [key for key in OF_SERVICES if not CHANGES[key].before],
    "of a service that has more": [key for key in OF_SERVICES if CHANGES[key].before],
    "of a pipeline": OF_PIPELINES,
}
#: A revision is registered beside the old one; the others are written anew with what they belong to.
NOT_LISTED = {*ATTRIBUTES, "aws:ecs/taskDefinition:TaskDefinition"}
#: Rights of tasks by their statements, which need no endpoint, and why.
WITHOUT_ENDPOINT = {
    "UseKey": "SQS and SNS ask KMS themselves",
    "UseQueueKeys": "SQS asks KMS itself",
    "UseTopicKeys": "SNS asks KMS itself",
    "DecryptSecrets": "Secrets Manager and SSM ask KMS themselves",
    "PublishToTopic": "a handler's own call, where no input says so",
    "ProtectOwnTask": "goes through ECS's agent",
    "MountFileSystem0": "goes through the file system's mount targets",
}
#: Services whose endpoints are called otherwise than their actions.
ENDPOINTS = {"ecr": {"ecr.api", "ecr.dkr"}}
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


def rights(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Statements of the policies of both roles, but for those that the user wrote."""
    for resource in declared(config).resources:
        is_policy = resource.type in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy")
        if is_policy and any(part in resource.name for part in ("task-role", "execution-role", "demand")):
            yield from json.loads(resource.inputs["policy"])["Statement"]


def listed(types: str) -> set[str]:
    return set(re.findall(r"\w+", types))


def service_args(key: str) -> dict[str, Any]:
    return {name: value for name, value in CHANGES[key].after.items() if name in WORKER_SERVICE_ROWS}


def by_themselves(keys: Iterable[str]) -> list[Any]:
    """Each key; slow where others of its kind are changed with it, and tasks call nothing more by it."""
    usual = endpoint_services(REQUIRED)
    return [
        pytest.param(key, marks=pytest.mark.slow)
        if key in AT_ONCE and endpoint_services({**REQUIRED, **service_args(key)}) == usual
        else key
        for key in keys
    ]


def replaced_and_gone(change: Change) -> tuple[set[str], set[str]]:
    before, after = by_urn(change.before), by_urn(change.after)
    both = before.keys() & after.keys()
    anew = short([before[urn] for urn in both if replaced(before[urn], after[urn])])
    return anew, short([before[urn] for urn in before.keys() - after.keys()])


def assert_each_has_an_endpoint(config: dict[str, Any]) -> None:
    """Each service that tasks may call."""
    args = {name: value for name, value in config.items() if name in WORKER_SERVICE_ROWS}
    made = {"s3", *WORKER_SERVICES, *endpoint_services({**REQUIRED, **args})}

    found = [statement for statement in rights(config) if statement["Sid"] not in WITHOUT_ENDPOINT]
    assert found
    for statement in found:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        services = {action.split(":")[0] for action in actions}
        assert set().union(*(ENDPOINTS.get(service, {service}) for service in services)) <= made, statement


def test_a_change_of_every_input_is_tried():
    assert set(CHANGES) == set(stack_config.ROWS)
    assert TABLE.keys() <= CHANGES.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_all_changes_of_a_kind_at_once_are_in_place(kind: str):
    assert replaced_and_gone(at_once(KINDS[kind])) == (set(), set())


@pytest.mark.parametrize("key", by_themselves(CHANGES))
def test_a_change_is_in_place_or_in_the_table(key: str):
    anew, gone = replaced_and_gone(CHANGES[key])
    table_anew, table_gone = (listed(types) for types in TABLE.get(key, ("", "")))

    assert anew == table_anew
    # Of a whole stack the table names what matters.
    assert gone == table_gone or (key == "name_prefix" and table_gone and table_gone < gone)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_tasks_may_call_has_an_endpoint_with_all_changes_of_a_kind(kind: str):
    assert_each_has_an_endpoint(at_once(KINDS[kind]).after)


@pytest.mark.parametrize("key", by_themselves(key for key in CHANGES if key in WORKER_SERVICE_ROWS))
def test_whatever_tasks_may_call_has_an_endpoint(key: str):
    assert_each_has_an_endpoint(CHANGES[key].after)
