"""A Pulumi resource monitor that keeps what the SDK sends it, as plain data.

Unlike the SDK's own mock monitor it builds URNs as the engine does, refuses a URN twice, and sees parents,
resource options and registered outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.resource import ResourceTransform, ResourceTransformArgs
from pulumi.runtime import is_dry_run, mocks, rpc
from pulumi.runtime.sync_await import _sync_await

STACK_TYPE = "pulumi:pulumi:Stack"


class DuplicateUrnError(Exception):
    """Two resources of one deployment have the same URN; the engine refuses the second."""


class _Unknown:
    """The type of UNKNOWN."""

    def __repr__(self) -> str:
        return "<unknown until deployed>"


UNKNOWN = _Unknown()
"""Stands for a value that a preview cannot know."""


@dataclass(frozen=True)
class Resource:
    """One registered resource. Inputs are camelCase as sent, whole numbers int, secrets unwrapped."""

    type: str
    name: str
    urn: str
    parent: str
    """URN of the parent; the stack's for a resource without one."""
    inputs: dict[str, Any]
    secret_inputs: frozenset[str]
    """Names of the top-level inputs that are, or hold, a secret."""
    dependencies: frozenset[str]
    protect: bool
    """The resource's own option or, as in the engine, its parent's; so is retain_on_delete."""
    retain_on_delete: bool
    ignore_changes: tuple[str, ...]
    custom_timeouts: dict[str, str]
    """By operation: create, update, delete."""
    aliases: tuple[Any, ...]
    """Each a URN, or a dict of what differs from the present URN."""
    provider: str
    """`urn::id` of an explicit provider, or empty; of a component that another provider builds, what it builds with."""
    custom: bool
    """True for a resource of a provider, False for a component."""


@dataclass(frozen=True)
class Call:
    """One provider function called (`aws.get_region()` ...)."""

    token: str
    args: dict[str, Any]
    provider: str
    """`urn::id` of an explicit provider, or empty."""


def plain(value: Any) -> Any:
    """`value` as an author would write it: whole floats as int, secrets unwrapped, unknowns as UNKNOWN."""
    if isinstance(value, pulumi.output.Unknown):
        return UNKNOWN
    if rpc.is_rpc_secret(value):
        return plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


class RecordingMonitor(mocks.MockMonitor):
    """Keeps every registration; answers with the inputs and, unless previewing, what `outputs` computes."""

    def __init__(
        self,
        outputs: Callable[[str, str, Mapping[str, Any]], dict[str, Any]],
        stack_outputs: Mapping[str, Mapping[str, Any]],
        answers: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]],
    ) -> None:
        """`outputs(type, name, inputs)` gives what AWS computes, `stack_outputs` what other stacks export, `answers`
        what provider's functions give."""
        super().__init__(_Answers(outputs, stack_outputs, answers, calls := []))
        self.calls: list[Call] = calls
        self.recorded: dict[str, Resource] = {}
        self.registered_outputs: dict[str, dict[str, Any]] = {}
        self._transforms: dict[str, Sequence[ResourceTransform]] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine makes it: all the parents' types, without the stack's."""
        parent_type = parent.split("::")[2] if parent else STACK_TYPE
        qualified = type_ if parent_type == STACK_TYPE else f"{parent_type}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (gRPC's name)
        if request.type != STACK_TYPE:
            self._transform(request)
            self._record(request)
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if f"::{STACK_TYPE}::" not in request.urn:
            self.registered_outputs[request.urn] = plain(rpc.deserialize_properties(request.outputs))
        return empty_pb2.Empty()

    def _transform(self, request: Any) -> None:
        """Have the resource's transforms, then its parents', change what it was given, as the engine does.

        Options that they change are left to the engine.
        """
        own = mocks._resolve_callbacks(request.transforms)
        applied = [*own, *self._transforms.get(request.parent, ())]
        self._transforms[self.make_urn(request.parent, request.type, request.name)] = applied
        for transform in applied:
            given = rpc.deserialize_properties(request.object)
            result = transform(
                ResourceTransformArgs(request.custom, request.type, request.name, given, pulumi.ResourceOptions())
            )
            if result is not None:
                request.object.CopyFrom(_sync_await(rpc.serialize_properties(result.props, {})))

    def _record(self, request: Any) -> None:
        urn = self.make_urn(request.parent, request.type, request.name)
        inputs = rpc.deserialize_properties(request.object)
        if urn in self.recorded:
            raise DuplicateUrnError(f"duplicate resource URN {urn}: give each resource its own name")
        parent = self.recorded.get(request.parent)
        self.recorded[urn] = Resource(
            type=request.type,
            name=request.name,
            urn=urn,
            parent=request.parent,
            inputs=plain(inputs),
            secret_inputs=frozenset(key for key, value in inputs.items() if rpc.is_rpc_secret(value)),
            dependencies=frozenset(request.dependencies),
            protect=_own_or_inherited(request, "protect", parent and parent.protect),
            retain_on_delete=_own_or_inherited(request, "retainOnDelete", parent and parent.retain_on_delete),
            ignore_changes=tuple(request.ignoreChanges),
            custom_timeouts=MessageToDict(request.customTimeouts),
            aliases=(*request.aliasURNs, *map(_alias, request.aliases)),
            provider=request.provider or request.providers.get("aws", ""),
            custom=request.custom,
        )


def _own_or_inherited(request: Any, option: str, inherited: bool | None) -> bool:
    return getattr(request, option) if request.HasField(option) else bool(inherited)


def _alias(alias: Any) -> Any:
    return (
        alias.urn if alias.WhichOneof("alias") == "urn" else {k: v for k, v in MessageToDict(alias.spec).items() if v}
    )


class _Answers(mocks.Mocks):
    """Gives resources their state."""

    def __init__(
        self,
        outputs: Callable[[str, str, Mapping[str, Any]], dict[str, Any]],
        stack_outputs: Mapping[str, Mapping[str, Any]],
        answers: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]],
        calls: list[Call],
    ) -> None:
        self._answers = answers
        self._outputs = outputs
        self._stack_outputs = stack_outputs
        self._calls = calls

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Record the call, and answer as AWS would what is known of it."""
        asked = plain(args.args)
        self._calls.append(Call(args.token, asked, args.provider or ""))
        return self._answers[args.token](asked) if args.token in self._answers else {}, []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """The inputs, still secret where they were, and outside a preview the id and what AWS computes."""
        if args.typ == "pulumi:pulumi:StackReference":
            stack = args.inputs["name"]
            return stack, {
                "name": stack,
                "outputs": dict(self._stack_outputs[stack]),
                "secretOutputNames": [],
            }
        if args.typ.startswith("pulumi:providers:"):
            return args.name, args.inputs
        is_remote = args.typ.startswith("awsx:")
        # A component built by its provider answers with its outputs alone, which may share names with other inputs.
        echoed = {} if is_remote else args.inputs
        if is_dry_run() or not (args.custom or is_remote):
            return "", echoed
        computed = self._outputs(args.typ, args.name, plain(args.inputs))
        return computed.pop("id", ""), {**echoed, **computed}
