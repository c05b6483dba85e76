"""Run a Pulumi program in this process, without engine or cloud, and look at what it declares as plain data.

    deployment = deploy(lambda: WorkQueue("orders", {}))
    assert deployment.one("aws:sqs/queue:Queue", "orders-queue").inputs["sqsManagedSseEnabled"] is True

What it proves: types, names, parents, options, inputs, policies, outputs registered. What it cannot: that AWS
accepts the inputs, that the engine's diff replaces or keeps a resource (tests/engine does), nor what a transform
makes of options; what it makes of inputs is seen.
"""

from __future__ import annotations

import asyncio
import functools
import json
import runpy
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pulumi
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.stack import run_pulumi_func

from tests.support.at_once import AtOnce
from tests.support.aws_outputs import ANSWERS, computed_outputs
from tests.support.recording import UNKNOWN, Call, RecordingMonitor, Resource, plain
from worker_simulate.definition.fresh_mocks import set_fresh_mocks
from worker_simulate.definition.settled import settled

__all__ = ["UNKNOWN", "Call", "Deployment", "Resource", "deploy", "remembered"]


class Returned(SimpleNamespace):
    """A resource that build() returned, or that one of those holds: its public attributes, Outputs resolved.

    As data: thousands of tasks hang on the resource itself, which each later event loop would look at.
    """

    _outputs: dict[str, Any]


@dataclass(frozen=True)
class Deployment:
    """What one run of a program declared."""

    resources: list[Resource]
    registered_outputs: dict[str, dict[str, Any]]
    """Component URN -> what it passed to register_outputs; no entry where it forgot to."""
    exports: dict[str, Any]
    calls: list[Call]
    result: Any
    """What build() returned, Outputs resolved; UNKNOWN where a preview cannot tell. Resources are Returned."""

    def all(self, type_: str) -> list[Resource]:
        """Every resource of a type, by name."""
        return sorted((r for r in self.resources if r.type == type_), key=lambda r: r.name)

    def one(self, type_: str, name: str | None = None) -> Resource:
        """The only resource of a type, or the only one with that name too."""
        found = [r for r in self.all(type_) if name in (None, r.name)]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources are {type_} {name or ''}; there are {self.names()}")
        return found[0]

    def names(self) -> list[tuple[str, str]]:
        """(type, name) of every resource, sorted."""
        return sorted((r.type, r.name) for r in self.resources)

    def child_of(self, urn: str) -> list[Resource]:
        """The direct children of a component, by type and name."""
        return sorted((r for r in self.resources if r.parent == urn), key=lambda r: (r.type, r.name))

    def outputs_of(self, resource: Returned) -> dict[str, Any]:
        """The public Outputs, resolved, of a resource that build() returned or that one of those holds."""
        return resource._outputs


def deploy(
    build: Callable[[], Any] | str | Path,
    *,
    config: Mapping[str, Any] | None = None,
    preview: bool = False,
    stack: str = "test",
    project: str = "worker-service",
    stack_outputs: Mapping[str, Mapping[str, Any]] | None = None,
    secrets: Sequence[str] = (),
) -> Deployment:
    """Run `build`, a callable or the path of a program, to its end and return what it declared.

    `config` keys without a namespace belong to the project; values may be of any JSON type. `secrets` names the
    project's keys that are secret. `stack_outputs` maps the name of another stack to its outputs, for a
    StackReference. Whatever the program raises is raised here, and nothing of it, neither settings nor pending
    registrations, reaches the next deploy.
    """
    monitor = RecordingMonitor(computed_outputs, stack_outputs or {}, ANSWERS)

    async def run() -> Deployment:
        set_fresh_mocks(monitor.mocks, project, stack, preview, monitor=monitor)
        pulumi.runtime.set_all_config(_encoded(config or {}, project), [f"{project}:{key}" for key in secrets])
        returned: list[Any] = []

        async def program() -> None:
            returned.append(_program(build)())
            await settled()

        await run_pulumi_func(program)
        root = pulumi.runtime.get_root_resource()
        return Deployment(
            resources=list(monitor.recorded.values()),
            registered_outputs=monitor.registered_outputs,
            exports=await _resolved(dict(root.outputs), {}),  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
            calls=monitor.calls,
            result=await _resolved(returned[0], {}),
        )

    # The SDK keeps settings, config and root resource in context variables, of which the runner has its own copy.
    with _unplaced(), asyncio.Runner() as runner:
        # What failed is raised here; the outputs that failed with it need not report it once more.
        runner.get_loop().set_default_executor(AtOnce())
        runner.get_loop().set_exception_handler(lambda *_: None)
        return runner.run(run())


def remembered(deployed: Callable[..., Deployment]) -> Callable[..., Deployment]:
    """Deploy once for the same plain arguments: a deployment is data, and tests only look at it."""
    known: dict[str, Deployment] = {}

    @functools.wraps(deployed)
    def once(*args: Any, **options: Any) -> Deployment:
        key = repr((args, sorted(options.items())))
        if key not in known:
            known[key] = deployed(*args, **options)
        return known[key]

    return once


def _program(build: Callable[[], Any] | str | Path) -> Callable[[], Any]:
    if callable(build):
        return build
    return lambda: runpy.run_path(str(build), run_name="__main__") and None


def _unplaced() -> AbstractContextManager[object]:
    """Have the SDK look for no place in the source: nothing here reads it, and a fifth of the time went there."""
    return mock.patch.object(resource, "_get_stack_trace", source_pb2.StackTrace)


def _encoded(config: Mapping[str, Any], project: str) -> dict[str, str]:
    """Keys with their namespace and values as text, as the CLI hands them over."""
    return {
        key if ":" in key else f"{project}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }


async def _resolved(value: Any, known: dict[int, Returned]) -> Any:
    """`value` without Outputs, in lists, dicts and resources too; `known` are the resources so far, by identity."""
    if isinstance(value, Mapping):
        return {key: await _resolved(item, known) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([await _resolved(item, known) for item in value])
    if isinstance(value, pulumi.Resource):
        return known.get(id(value)) or await _returned(value, known)
    if not isinstance(value, pulumi.Output):
        return value
    if not await value.is_known():
        return UNKNOWN
    return plain(await value.future(with_unknowns=True))


async def _returned(resource: pulumi.Resource, known: dict[int, Returned]) -> Returned:
    found = known[id(resource)] = Returned(_outputs={})
    for key, attribute in vars(resource).items():
        if key != "urn" and not key.startswith("_"):
            value = await _resolved(attribute, known)
            setattr(found, key, value)
            if isinstance(attribute, pulumi.Output):
                found._outputs[key] = value
    return found
