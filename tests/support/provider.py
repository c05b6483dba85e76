"""Stand-ins for the aws and awsx provider plugins that the real Pulumi engine attaches to.

They serve Pulumi's ResourceProvider gRPC service on loopback. FakeAws keeps what was created in `cloud` and records
in `actions` what deployments did to it. Outputs come from the table in aws_outputs.py. What this cannot show: that AWS
accepts the inputs.
"""

# ruff: noqa: N802, ARG002 (gRPC names the methods and passes a request and a context to each)

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from local.engine.plugin import Plugin, serving, to_dict, to_struct
from local.engine.replacements import TASK_DEFINITION, replacing
from tests.support.aws_outputs import ANSWERS, computed_outputs

__all__ = ["TASK_DEFINITION", "Action", "FakeAws", "FakeAwsx", "Key", "serving"]


class Action(NamedTuple):
    """Something that was really done: `operation` is create, update or delete."""

    operation: str
    type: str
    name: str


class Key(NamedTuple):
    """What tells things in the cloud apart: the ARN where there is one, as revisions share their id."""

    type: str
    arn_or_id: str


class FakeAwsx(Plugin):
    """The awsx provider: its VPC."""

    package = "pulumi_awsx"
    accept_secrets = True  # the engine lets no other build components

    def Construct(self, request: Any, context: Any) -> Any:
        """Register the component, without the children that the real one has."""
        with grpc.insecure_channel(request.monitorEndpoint) as channel:
            monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
            registered = monitor.RegisterResource(
                resource_pb2.RegisterResourceRequest(
                    type=request.type, name=request.name, parent=request.parent, object=request.inputs
                )
            )
        computed = {} if request.dryRun else computed_outputs(request.type, request.name, to_dict(request.inputs))
        return provider_pb2.ConstructResponse(urn=registered.urn, state=to_struct(computed))


class FakeAws(Plugin):
    """The aws provider, and the cloud behind it."""

    package = "pulumi_aws"
    accept_secrets = False  # the engine sends plain values then, and keeps track of what is secret itself

    def __init__(self) -> None:
        """Start with an empty cloud."""
        self.actions: list[Action] = []
        self.cloud: dict[Key, dict[str, Any]] = {}
        self.refused_updates: set[str] = set()
        """Types whose updates fail, as a service's does that ECS rolls back."""
        self._lives: dict[Key, dict[str, Any]] = {}
        """Inputs of what somebody else made."""
        self._lock = threading.Lock()

    def live(self, type_: str, id_: str, **inputs: Any) -> None:
        """Have something that no deployment has made, with what can be imported of it."""
        properties = {**computed_outputs(type_, inputs.get("name", id_), inputs), **inputs}
        properties |= {"arn": id_} if id_.startswith("arn:") else {"url": id_} if id_.startswith("https:") else {}
        properties.pop("id")
        self.cloud[_key(type_, id_, properties)] = properties
        self._lives[Key(type_, id_)] = inputs

    def all(self, type_: str) -> list[dict[str, Any]]:
        """The properties of everything of a type, in order of creation."""
        return [properties for key, properties in self.cloud.items() if key.type == type_]

    def Check(self, request: Any, context: Any) -> Any:
        """As the aws provider, which names what has no name, and leaves an imported one its own."""
        olds, news = to_dict(request.olds), to_dict(request.news)
        return provider_pb2.CheckResponse(inputs=to_struct(({"name": olds["name"]} if "name" in olds else {}) | news))

    def Invoke(self, request: Any, context: Any) -> Any:
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(to_struct(ANSWERS[request.tok](to_dict(request.args))))  # a word of Python's
        return answer

    def Diff(self, request: Any, context: Any) -> Any:
        changed = _changed(to_dict(request.old_inputs), to_dict(request.news))
        replaces = replacing(request.type, changed, to_dict(request.news))
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind, diffs=sorted(changed), replaces=sorted(replaces))

    def Create(self, request: Any, context: Any) -> Any:
        inputs = to_dict(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        with self._lock:
            computed = computed_outputs(request.type, request.name, inputs)
            if request.type == TASK_DEFINITION:
                computed |= self._next_revision(computed)
            id_ = computed.pop("id")
            properties = {**inputs, **computed}
            self.cloud[_key(request.type, id_, properties)] = properties
            self.actions.append(Action("create", request.type, request.name))
        return provider_pb2.CreateResponse(id=id_, properties=to_struct(properties))

    def Update(self, request: Any, context: Any) -> Any:
        olds, old_inputs, news = to_dict(request.olds), to_dict(request.old_inputs), to_dict(request.news)
        changed = _changed(old_inputs, news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_struct(_applied(olds, news, changed)))
        if request.type in self.refused_updates:
            context.abort(grpc.StatusCode.UNKNOWN, "the update failed and was rolled back")
        with self._lock:
            key = _key(request.type, request.id, olds)
            # As with AWS, what is not in the update call stays as it is there.
            self.cloud[key] = _applied(self.cloud[key], news, changed)
            self.actions.append(Action("update", request.type, request.name))
            return provider_pb2.UpdateResponse(properties=to_struct(self.cloud[key]))

    def Delete(self, request: Any, context: Any) -> Any:
        olds = to_dict(request.properties)
        with self._lock:
            # The aws provider forgets such a task definition and leaves it registered.
            if not olds.get("skipDestroy"):
                del self.cloud[_key(request.type, request.id, olds)]
                self.actions.append(Action("delete", request.type, request.name))
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:
        inputs = to_dict(request.inputs)
        if not inputs and (live := self._lives.get(Key(request.type, request.id))) is not None:
            [properties] = [known for key, known in self.cloud.items() if _is(key, known, request)]
            return provider_pb2.ReadResponse(id=request.id, properties=to_struct(properties), inputs=to_struct(live))
        properties = self.cloud.get(_key(request.type, request.id, to_dict(request.properties)))
        if properties is None:
            return provider_pb2.ReadResponse()
        inputs = {name: properties[name] for name in inputs}
        return provider_pb2.ReadResponse(id=request.id, properties=to_struct(properties), inputs=to_struct(inputs))

    def _next_revision(self, computed: Mapping[str, Any]) -> dict[str, Any]:
        family = computed["arnWithoutRevision"]
        revision = 1 + sum(known["arnWithoutRevision"] == family for known in self.all(TASK_DEFINITION))
        return {"revision": revision, "arn": f"{family}:{revision}"}


def _is(key: Key, properties: Mapping[str, Any], request: Any) -> bool:
    return key.type == request.type and request.id in (key.arn_or_id, properties.get("url"))


def _key(type_: str, id_: str, properties: Mapping[str, Any]) -> Key:
    return Key(type_, properties.get("arn") or id_)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    # To the aws provider an empty map is none.
    return {name for name in {*old, *new} if (old.get(name) or None) != (new.get(name) or None)}


def _applied(state: Mapping[str, Any], news: Mapping[str, Any], changed: set[str]) -> dict[str, Any]:
    kept = {name: value for name, value in state.items() if name not in changed}
    return {**kept, **{name: news[name] for name in changed if name in news}}
