"""Stand-ins for the aws and awsx provider plugins that the real Pulumi engine attaches to.

They serve Pulumi's ResourceProvider gRPC service on loopback. FakeAws keeps what was created in `cloud` and records
in `actions` what deployments did to it. Outputs come from the table in aws_outputs.py. What this cannot show: that AWS
accepts the inputs.
"""

# ruff: noqa: N802, ARG002 (gRPC names the methods and passes a request and a context to each)

from __future__ import annotations

import importlib.metadata
import threading
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any, NamedTuple

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, resource_pb2, resource_pb2_grpc

from tests.support.aws_outputs import ANSWERS, computed_outputs
from tests.support.recording import plain

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"

#: Inputs that cannot change in place, as in the aws provider; a change of one replaces the resource.
REPLACED_BY: dict[str, set[str]] = {
    "aws:appautoscaling/policy:Policy": {"name", "resourceId", "scalableDimension", "serviceNamespace"},
    "aws:appautoscaling/scheduledAction:ScheduledAction": {
        "name",
        "resourceId",
        "scalableDimension",
        "serviceNamespace",
    },
    "aws:appautoscaling/target:Target": {"resourceId", "scalableDimension", "serviceNamespace"},
    "aws:cloudwatch/dashboard:Dashboard": {"dashboardName"},
    "aws:cloudwatch/eventRule:EventRule": {"name"},
    "aws:cloudwatch/logGroup:LogGroup": {"name"},
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": {"name", "logGroupName"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"name"},
    "aws:cloudwatch/eventTarget:EventTarget": {"rule", "targetId"},
    "aws:codebuild/project:Project": {"name"},
    "aws:codepipeline/pipeline:Pipeline": {"name"},
    "aws:ec2/flowLog:FlowLog": {"vpcId", "trafficType", "logDestination", "iamRoleArn"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"vpcId", "serviceName", "vpcEndpointType"},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"vpcId"},
    "aws:ec2/securityGroup:SecurityGroup": {"name", "description", "vpcId"},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"repository", "policy"},
    "aws:ecr/repository:Repository": {"name", "encryptionConfigurations"},
    "aws:ecr/repositoryPolicy:RepositoryPolicy": {"repository"},
    "aws:ecs/cluster:Cluster": {"name"},
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {"clusterName"},
    "aws:ecs/service:Service": {"name", "cluster", "launchType"},
    TASK_DEFINITION: {
        "family",
        "containerDefinitions",
        "cpu",
        "memory",
        "networkMode",
        "requiresCompatibilities",
        "runtimePlatform",
        "taskRoleArn",
        "executionRoleArn",
        "volumes",
    },
    "aws:iam/role:Role": {"name", "path"},
    "aws:iam/rolePolicy:RolePolicy": {"name", "role"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"role", "policyArn"},
    "aws:kms/alias:Alias": {"name"},
    "aws:kms/keyPolicy:KeyPolicy": {"keyId"},
    "aws:s3/bucket:Bucket": {"bucket"},
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"bucket"},
    "aws:s3/bucketNotification:BucketNotification": {"bucket"},
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {"bucket"},
    "aws:s3/bucketPolicy:BucketPolicy": {"bucket"},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {"bucket"},
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {"bucket"},
    "aws:s3/bucketVersioning:BucketVersioning": {"bucket"},
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": {"name", "vpc"},
    "aws:sns/topic:Topic": {"name", "fifoTopic"},
    "aws:sns/topicPolicy:TopicPolicy": {"arn"},
    "aws:sns/topicSubscription:TopicSubscription": {"topic", "protocol", "endpoint"},
    "aws:sqs/queue:Queue": {"name", "fifoQueue"},
    "aws:sqs/queuePolicy:QueuePolicy": {"queueUrl"},
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": {"queueUrl"},
    "aws:sqs/redrivePolicy:RedrivePolicy": {"queueUrl"},
    # Built of a VPC and its subnets, whose addresses cannot change.
    "awsx:ec2:Vpc": {"cidrBlock", "numberOfAvailabilityZones", "subnetSpecs"},
}


class Action(NamedTuple):
    """Something that was really done: `operation` is create, update or delete."""

    operation: str
    type: str
    name: str


class Key(NamedTuple):
    """What tells things in the cloud apart: the ARN where there is one, as revisions share their id."""

    type: str
    arn_or_id: str


class _Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """What every provider plugin answers."""

    package: str
    accept_secrets: bool

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=self.accept_secrets)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version(self.package))

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=self.accept_secrets, supportsPreview=True)


class FakeAwsx(_Plugin):
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
        computed = {} if request.dryRun else computed_outputs(request.type, request.name, _dict(request.inputs))
        return provider_pb2.ConstructResponse(urn=registered.urn, state=_struct(computed))


class FakeAws(_Plugin):
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
        olds, news = _dict(request.olds), _dict(request.news)
        return provider_pb2.CheckResponse(inputs=_struct(({"name": olds["name"]} if "name" in olds else {}) | news))

    def Invoke(self, request: Any, context: Any) -> Any:
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(_struct(ANSWERS[request.tok](_dict(request.args))))  # a word of Python's
        return answer

    def Diff(self, request: Any, context: Any) -> Any:
        changed = _changed(_dict(request.old_inputs), _dict(request.news))
        replaces = changed & REPLACED_BY.get(request.type, set())
        replaces |= _replacing_strategy(_dict(request.old_inputs), _dict(request.news))
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind, diffs=sorted(changed), replaces=sorted(replaces))

    def Create(self, request: Any, context: Any) -> Any:
        inputs = _dict(request.properties)
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
        return provider_pb2.CreateResponse(id=id_, properties=_struct(properties))

    def Update(self, request: Any, context: Any) -> Any:
        olds, old_inputs, news = _dict(request.olds), _dict(request.old_inputs), _dict(request.news)
        changed = _changed(old_inputs, news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=_struct(_applied(olds, news, changed)))
        if request.type in self.refused_updates:
            context.abort(grpc.StatusCode.UNKNOWN, "the update failed and was rolled back")
        with self._lock:
            key = _key(request.type, request.id, olds)
            # As with AWS, what is not in the update call stays as it is there.
            self.cloud[key] = _applied(self.cloud[key], news, changed)
            self.actions.append(Action("update", request.type, request.name))
            return provider_pb2.UpdateResponse(properties=_struct(self.cloud[key]))

    def Delete(self, request: Any, context: Any) -> Any:
        olds = _dict(request.properties)
        with self._lock:
            # The aws provider forgets such a task definition and leaves it registered.
            if not olds.get("skipDestroy"):
                del self.cloud[_key(request.type, request.id, olds)]
                self.actions.append(Action("delete", request.type, request.name))
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:
        inputs = _dict(request.inputs)
        if not inputs and (live := self._lives.get(Key(request.type, request.id))) is not None:
            [properties] = [known for key, known in self.cloud.items() if _is(key, known, request)]
            return provider_pb2.ReadResponse(id=request.id, properties=_struct(properties), inputs=_struct(live))
        properties = self.cloud.get(_key(request.type, request.id, _dict(request.properties)))
        if properties is None:
            return provider_pb2.ReadResponse()
        inputs = {name: properties[name] for name in inputs}
        return provider_pb2.ReadResponse(id=request.id, properties=_struct(properties), inputs=_struct(inputs))

    def _next_revision(self, computed: Mapping[str, Any]) -> dict[str, Any]:
        family = computed["arnWithoutRevision"]
        revision = 1 + sum(known["arnWithoutRevision"] == family for known in self.all(TASK_DEFINITION))
        return {"revision": revision, "arn": f"{family}:{revision}"}


@contextmanager
def serving(provider: _Plugin) -> Iterator[int]:
    """Serve the provider on a free loopback port, which is given."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait()


def _is(key: Key, properties: Mapping[str, Any], request: Any) -> bool:
    return key.type == request.type and request.id in (key.arn_or_id, properties.get("url"))


def _key(type_: str, id_: str, properties: Mapping[str, Any]) -> Key:
    return Key(type_, properties.get("arn") or id_)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    # To the aws provider an empty map is none.
    return {name for name in {*old, *new} if (old.get(name) or None) != (new.get(name) or None)}


def _replacing_strategy(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """A service's strategy changes in place only into another one, and with a new deployment.

    capacityProviderStrategyCustomizeDiff in the provider's internal/service/ecs/service.go.
    """
    key = "capacityProviderStrategies"
    before, after = old.get(key), new.get(key)
    in_place = before == after or (before and after and new.get("forceNewDeployment"))
    return set() if in_place else {key}


def _applied(state: Mapping[str, Any], news: Mapping[str, Any], changed: set[str]) -> dict[str, Any]:
    kept = {name: value for name, value in state.items() if name not in changed}
    return {**kept, **{name: news[name] for name in changed if name in news}}


def _dict(struct: struct_pb2.Struct) -> dict[str, Any]:
    return plain(MessageToDict(struct))


def _struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct
