"""The aws provider of the box: what the engine asks of it, it does in the emulator."""

# ruff: noqa: N802 (gRPC names the methods)

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from local.aws import Aws
from local.engine.inputs import (
    GIVEN,
    changed_inputs,
    is_named_by_program,
    live_inputs,
    settled,
    with_defaults,
    with_name,
)
from local.engine.kind import Kind, Properties, Thing, is_gone
from local.engine.kinds import KINDS
from local.engine.plugin import Plugin, to_dict, to_struct
from local.engine.replacements import replacing
from local.provisioner.creators import CREATORS, FUNCTIONS
from local.provisioner.provider_aws import provider_aws
from local.provisioner.resource import Resource


class AwsPlugin(Plugin):
    """Creates, reads, updates and deletes. Every provider of a program attaches to it on a connection of its own."""

    package = "pulumi_aws"
    accept_secrets = False

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._of_connections: dict[str, Aws] = {}

    def Configure(self, request: Any, context: Any) -> Any:
        """Take note of the region and the role, which are the connection's."""
        self._of_connections[context.peer()] = provider_aws(self._aws, to_dict(request.args))
        return super().Configure(request, context)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Name what has no name, and refuse a type that the box does not know."""
        news = to_dict(request.news)
        if request.type not in KINDS:
            reason = f"the box cannot create {request.type}: its creator is missing in local/provisioner/creators.py"
            return provider_pb2.CheckResponse(
                inputs=request.news, failures=[provider_pb2.CheckFailure(property="", reason=reason)]
            )
        inputs = with_name(request.type, request.name, to_dict(request.olds), news)
        return provider_pb2.CheckResponse(inputs=to_struct(inputs))

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Say what changes, and whether that replaces the resource."""
        olds, news = to_dict(request.old_inputs), to_dict(request.news)
        changed = changed_inputs(request.type, olds, news) - set(request.ignoreChanges)
        replaces = replacing(request.type, changed, news)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=sorted(changed),
            replaces=sorted(replaces),
            deleteBeforeReplace=bool(replaces) and is_named_by_program(request.type, news),
        )

    def Create(self, request: Any, context: Any) -> Any:
        """Create, or in a preview say nothing of what AWS would answer."""
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        aws, inputs = self._aws_of(context), to_dict(request.properties)
        with _told(context, f"{request.type} ({request.name!r}) was not created"):
            outputs = CREATORS[request.type](aws, Resource(request.type, request.name, inputs))
            id_ = outputs.pop("id")
            state = _state(aws, request.type, Thing(id_, {**inputs, **outputs}))
        return provider_pb2.CreateResponse(id=id_, properties=to_struct(state))

    def Read(self, request: Any, context: Any) -> Any:
        """Say how a resource is now, or nothing where it is not there."""
        aws, inputs = self._aws_of(context), to_dict(request.inputs)
        thing = Thing(request.id, {**to_dict(request.properties), **inputs})
        with _told(context, f"{request.type} {request.id!r} was not read"):
            try:
                live = KINDS[request.type].read(aws, thing)
            except (ClientError, LookupError) as error:
                if is_gone(error):
                    return provider_pb2.ReadResponse()
                raise
        live = settled(thing.known, live)
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=to_struct(_without_given({**thing.known, **live})),
            inputs=to_struct(live_inputs(request.type, inputs, live)),
        )

    def Update(self, request: Any, context: Any) -> Any:
        """Change in place."""
        news, thing = to_dict(request.news), Thing(request.id, to_dict(request.olds))
        changed = changed_inputs(request.type, to_dict(request.old_inputs), news) - set(request.ignoreChanges)
        kept = {key: value for key, value in thing.known.items() if key not in changed}
        wanted = {**kept, **news}
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_struct(_without_given(wanted)))
        aws = self._aws_of(context)
        with _told(context, f"{request.type} ({request.name!r}) was not updated"):
            resource = Resource(request.type, request.name, with_defaults(request.type, news))
            _change(KINDS[request.type], aws, thing, resource, changed)
            state = _state(aws, request.type, Thing(request.id, wanted))
        return provider_pb2.UpdateResponse(properties=to_struct(state))

    def Delete(self, request: Any, context: Any) -> Any:
        """Delete; what is not there any more is deleted."""
        thing = Thing(request.id, to_dict(request.properties))
        with _told(context, f"{request.type} {request.id!r} was not deleted"):
            try:
                KINDS[request.type].delete(self._aws_of(context), thing)
            except (ClientError, LookupError) as error:
                if not is_gone(error):
                    raise
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        """Answer a provider's function."""
        if request.tok not in FUNCTIONS:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the box cannot answer {request.tok}: only resources exist")
        answer = provider_pb2.InvokeResponse()
        outputs = FUNCTIONS[request.tok](self._aws_of(context), to_dict(request.args))
        getattr(answer, "return").CopyFrom(to_struct(outputs))  # a word of Python's
        return answer

    def _aws_of(self, context: Any) -> Aws:
        return self._of_connections.get(context.peer(), self._aws)


def _state(aws: Aws, type_: str, thing: Thing) -> Properties:
    """What is known of a resource that was just made or changed: also what nobody gave and AWS has."""
    return _without_given({**thing.known, **settled(thing.known, KINDS[type_].read(aws, thing))})


def _change(kind: Kind, aws: Aws, thing: Thing, resource: Resource, changed: set[str]) -> None:
    inputs = {key: resource.inputs[key] for key in changed - {"tags"} if key in resource.inputs}
    if kind.update:
        kind.update(aws, thing, Resource(resource.type, resource.name, inputs))
    elif changed - {"tags"} or not kind.retag:
        CREATORS[resource.type](aws, resource)
    if "tags" in changed and kind.retag:
        had = thing.known.get("tags") or {}
        kind.retag(aws, thing, resource.tags(), [name for name in had if name not in resource.tags()])


def _without_given(properties: Properties) -> Properties:
    return {key: value for key, value in properties.items() if key != GIVEN}


@contextmanager
def _told(context: Any, what: str) -> Iterator[None]:
    """What AWS refuses, as a sentence that the engine shows."""
    try:
        yield
    except (ClientError, BotoCoreError, ValueError, LookupError) as error:
        missing = "an input is missing: " if isinstance(error, KeyError) else ""
        context.abort(grpc.StatusCode.UNKNOWN, f"{what}: {missing}{error}")
