"""The box's engine reads back every setting of every type, nested ones too: by that a refresh finds hands."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
from pulumi.runtime.proto import provider_pb2

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.engine.aws_plugin import AwsPlugin
from local.engine.inputs import is_same, with_name
from local.engine.kind import Thing
from local.engine.kinds import KINDS
from local.engine.plugin import to_dict, to_struct
from local.provisioner import provision
from local.provisioner.creators import CREATORS
from local.provisioner.resource import Outputs, Resource
from tests.support.emulator import allow, policy

PROGRAM = """
import json
import pulumi
import pulumi_aws as aws
from tests.support.everything import everything
from worker_service import Environment, WorkerService

tags = {"stage": "dev"}
everything("all", managed_policy_arn="POLICY_ARN", tags=tags)
environment = Environment("net", {"tags": tags})
where = {
    "cluster_arn": environment.cluster_arn, "vpc_id": environment.vpc_id,
    "subnet_ids": environment.private_subnet_ids, "image": "worker:1", "tags": tags,
}
WorkerService("waking", {**where, "min_count": 0, "fast_wake": True, "once_table": True, "operator_policy": True})
WorkerService("tracking", {**where, "scaling": "copilot", "target_tracking": {"cpu": {"percent": 50}}})
WorkerService("forecast", {**where, "predictive_scaling": "forecast_only"})
secret = aws.secretsmanager.Secret("token", tags=tags)
aws.secretsmanager.SecretVersion("token", secret_id=secret.id, secret_string="s")
aws.ssm.Parameter("limit", type="String", value="7", tags=tags)
vpc = aws.ec2.Vpc("own", cidr_block="10.9.0.0/16", tags=tags)
subnet = aws.ec2.Subnet("own", vpc_id=vpc.id, cidr_block="10.9.1.0/24", availability_zone="eu-west-1a", tags=tags)
table = aws.ec2.RouteTable("own", vpc_id=vpc.id, tags=tags)
aws.ec2.RouteTableAssociation("own", route_table_id=table.id, subnet_id=subnet.id)
"""

#: How the provider itself does something, which AWS does not know.
OF_THE_PROVIDER = {
    "forceDelete", "forceDestroy", "forceNewDeployment", "recoveryWindowInDays", "skipDestroy", "waitForSteadyState",
    "deletionWindowInDays",
}  # fmt: skip
#: By what a thing is found: no hand can change it.
IDENTITY = {
    "aws:appautoscaling/policy:Policy": {"resourceId", "scalableDimension", "serviceNamespace"},
    "aws:appautoscaling/scheduledAction:ScheduledAction": {"resourceId", "scalableDimension", "serviceNamespace"},
    "aws:appautoscaling/target:Target": {"resourceId", "scalableDimension", "serviceNamespace"},
    "aws:ec2/flowLog:FlowLog": {"logDestination"},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {"subnetId"},
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": {"vpc"},
    # A revision never changes: a hand registers another one.
    "aws:ecs/taskDefinition:TaskDefinition": {
        "containerDefinitions", "cpu", "memory", "networkMode", "requiresCompatibilities", "runtimePlatform",
        "taskRoleArn", "executionRoleArn", "volumes", "ephemeralStorage",
    },
}  # fmt: skip
#: What moto does not keep.
NOT_KEPT = {
    "aws:appautoscaling/target:Target": {"tags"},
    "aws:ecs/service:Service": {
        "alarms", "capacityProviderStrategies", "deploymentCircuitBreaker", "deploymentMaximumPercent",
        "deploymentMinimumHealthyPercent", "enableEcsManagedTags", "enableExecuteCommand",
    },
    "aws:s3/bucketNotification:BucketNotification": {"eventbridge"},
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A resource, as the program's run left it."""

    type: str
    name: str
    id: str
    inputs: dict[str, Any]
    known: dict[str, Any]


@dataclass(frozen=True)
class Account:
    """What the program made."""

    aws: Aws
    made: list[Made]

    def first(self, type_: str, key: str) -> Made:
        return next(one for one in self.made if one.type == type_ and one.inputs.get(key))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("everything")
    (folder / "service").mkdir()
    (folder / "service" / "Dockerfile").write_text("FROM scratch\n")
    made: list[Made] = []

    def noting(create: Callable[[Aws, Resource], Outputs]) -> Callable[[Aws, Resource], Outputs]:
        def note(aws: Aws, resource: Resource) -> Outputs:
            outputs = create(aws, resource)
            inputs = with_name(resource.type, resource.name, outputs, resource.inputs)
            known = {**inputs, **{key: value for key, value in outputs.items() if key != "id"}}
            made.append(Made(resource.type, resource.name, outputs["id"], inputs, known))
            return outputs

        return note

    with Emulator() as emulator, pytest.MonkeyPatch.context() as patch:
        aws = Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)
        reading = aws.client("iam").create_policy(
            PolicyName="reading", PolicyDocument=policy(allow("s3:GetObject", "*"))
        )["Policy"]["Arn"]
        program = folder / "__main__.py"
        program.write_text(PROGRAM.replace("POLICY_ARN", reading))
        for type_ in KINDS:
            patch.setitem(CREATORS, type_, noting(CREATORS[type_]))
        patch.chdir(folder)
        provision(program, project="demo", stack="dev", config={}, aws=aws, on_created=lambda _: None)
        patch.undo()
        yield Account(aws, made)


def test_every_type_is_made(account: Account) -> None:
    assert {one.type for one in account.made} == set(KINDS)


@pytest.mark.parametrize("type_", sorted(KINDS))
def test_every_setting_is_read_back_as_it_was_given(account: Account, type_: str) -> None:
    unread = OF_THE_PROVIDER | IDENTITY.get(type_, set()) | NOT_KEPT.get(type_, set())
    for one in (one for one in account.made if one.type == type_):
        live = KINDS[type_].read(account.aws, Thing(one.id, one.known))
        given = {key: value for key, value in one.inputs.items() if key not in unread and not key.startswith("__")}
        if one.inputs.get("policyType") == "PredictiveScaling":
            continue  # moto knows no forecast
        differing = {key: live.get(key) for key, value in given.items() if not is_same(live.get(key), value)}
        assert differing == {}, (one.name, given)


def deeply(value: Any, *path: Any, to: Any) -> Any:
    """The value with another one at a place within it."""
    changed = copy.deepcopy(value)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return changed


def in_json(text: str, *path: Any, to: Any) -> str:
    return json.dumps(deeply(json.loads(text), *path, to=to))


#: What a hand changes: type, setting, and the change.
HANDS: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("aws:appautoscaling/policy:Policy", "stepScalingPolicyConfiguration", lambda v: deeply(v, "cooldown", to=7)),
    (
        "aws:appautoscaling/policy:Policy",
        "stepScalingPolicyConfiguration",
        lambda v: deeply(v, "stepAdjustments", 0, "scalingAdjustment", to=77),
    ),
    (
        "aws:appautoscaling/policy:Policy",
        "targetTrackingScalingPolicyConfiguration",
        lambda v: deeply(v, "targetValue", to=77),
    ),
    (
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        "scalableTargetAction",
        lambda v: deeply(v, "maxCapacity", to=9),
    ),
    ("aws:appautoscaling/target:Target", "maxCapacity", lambda _: 77),
    ("aws:cloudwatch/eventTarget:EventTarget", "deadLetterConfig", lambda v: deeply(v, "arn", to=f"{v['arn']}-other")),
    (
        "aws:cloudwatch/eventTarget:EventTarget",
        "inputTransformer",
        lambda v: deeply(v, "inputTemplate", to='"<pipeline>"'),
    ),
    (
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "metricTransformation",
        lambda v: deeply(v, "value", to="2"),
    ),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "metricQueries", lambda v: [*v[:-1], {**v[-1], "label": "other"}]),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarmActions", lambda _: ["arn:aws:sns:eu-west-1:1:other"]),
    ("aws:codebuild/project:Project", "environment", lambda v: deeply(v, "computeType", to="BUILD_GENERAL1_LARGE")),
    (
        "aws:codebuild/project:Project",
        "environment",
        lambda v: deeply(v, "environmentVariables", 0, "value", to="other"),
    ),
    ("aws:codebuild/project:Project", "source", lambda v: deeply(v, "buildspec", to="version: 0.2")),
    ("aws:codebuild/project:Project", "logsConfig", lambda v: deeply(v, "cloudwatchLogs", "groupName", to="other")),
    ("aws:codepipeline/pipeline:Pipeline", "stages", lambda v: deeply(v, 1, "actions", 0, "namespace", to="Other")),
    ("aws:codepipeline/pipeline:Pipeline", "stages", lambda v: v[:-1]),
    (
        "aws:codepipeline/pipeline:Pipeline",
        "triggers",
        lambda v: deeply(v, 0, "gitConfiguration", "pushes", 0, "branches", "includes", to=["other"]),
    ),
    ("aws:dynamodb/table:Table", "ttl", lambda v: deeply(v, "enabled", to=False)),
    ("aws:ec2/securityGroup:SecurityGroup", "egress", lambda v: [*v, {**v[0], "fromPort": 80, "toPort": 80}]),
    ("aws:ec2/securityGroup:SecurityGroup", "ingress", lambda v: deeply(v, 0, "cidrBlocks", to=["0.0.0.0/0"])),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "policy", lambda v: in_json(v, "Statement", 0, "Effect", to="Deny")),
    ("aws:ecr/repository:Repository", "imageScanningConfiguration", lambda v: {"scanOnPush": not v["scanOnPush"]}),
    ("aws:ecs/cluster:Cluster", "settings", lambda v: deeply(v, 0, "value", to="enhanced")),
    ("aws:ecs/cluster:Cluster", "serviceConnectDefaults", lambda v: deeply(v, "namespace", to=f"{v['namespace']}x")),
    (
        "aws:ecs/cluster:Cluster",
        "configuration",
        lambda v: deeply(v, "executeCommandConfiguration", "logging", to="NONE"),
    ),
    (
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        "capacityProviders",
        lambda v: v[:1],
    ),
    ("aws:ecs/service:Service", "networkConfiguration", lambda v: deeply(v, "subnets", to=v["subnets"][:1])),
    ("aws:iam/role:Role", "assumeRolePolicy", lambda v: in_json(v, "Statement", 0, "Effect", to="Deny")),
    ("aws:iam/rolePolicy:RolePolicy", "policy", lambda v: in_json(v, "Statement", 0, "Effect", to="Deny")),
    ("aws:kms/keyPolicy:KeyPolicy", "policy", lambda v: in_json(v, "Statement", 0, "Sid", to="other")),
    (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "rules",
        lambda v: deeply(v, 0, "expiration", "days", to=1),
    ),
    (
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "rule",
        lambda _: {"objectOwnership": "ObjectWriter"},
    ),
    (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "rules",
        lambda v: deeply(v, 0, "bucketKeyEnabled", to=False),
    ),
    ("aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration", lambda _: {"status": "Suspended"}),
    (
        "aws:sns/topicSubscription:TopicSubscription",
        "redrivePolicy",
        lambda v: in_json(v, "deadLetterTargetArn", to=f"{json.loads(v)['deadLetterTargetArn']}-other"),
    ),
    ("aws:sns/topicPolicy:TopicPolicy", "policy", lambda v: in_json(v, "Statement", 0, "Sid", to="other")),
    ("aws:sqs/queuePolicy:QueuePolicy", "policy", lambda v: in_json(v, "Statement", 0, "Sid", to="other")),
    (
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "redriveAllowPolicy",
        lambda _: '{"redrivePermission":"denyAll"}',
    ),
    ("aws:sqs/redrivePolicy:RedrivePolicy", "redrivePolicy", lambda v: in_json(v, "maxReceiveCount", to=77)),
]
TAGGED = sorted(type_ for type_, kind in KINDS.items() if kind.retag)


@pytest.mark.parametrize(("type_", "key", "change"), HANDS, ids=[f"{hand[0]} {hand[1]}" for hand in HANDS])
def test_a_hand_that_changes_something_nested_is_found(
    account: Account, type_: str, key: str, change: Callable[[Any], Any]
) -> None:
    one = account.first(type_, key)
    other = change(one.inputs[key])
    assert not is_same(other, one.inputs[key])

    by_hand(account, one, key, other)
    assert is_same(refreshed(account, one)[key], other)
    by_hand(account, one, key, one.inputs[key])
    assert is_same(refreshed(account, one)[key], one.inputs[key])


@pytest.mark.parametrize("type_", TAGGED)
def test_a_tag_by_hand_is_found(account: Account, type_: str) -> None:
    one = account.first(type_, "tags")
    by_hand(account, one, "tags", {"stage": "mine", "by": "hand"})

    assert refreshed(account, one)["tags"] == {"stage": "mine", "by": "hand"}
    by_hand(account, one, "tags", one.inputs["tags"])


def by_hand(account: Account, one: Made, key: str, other: Any) -> None:
    """Change one setting, with the stack's knowledge as it was."""
    live = KINDS[one.type].read(account.aws, Thing(one.id, one.known))
    request = provider_pb2.UpdateRequest(
        id=one.id,
        type=one.type,
        name=one.name,
        olds=to_struct({**one.known, **live}),
        old_inputs=to_struct({**one.inputs, key: live[key]}),
        news=to_struct({**one.inputs, key: other}),
    )
    AwsPlugin(account.aws).Update(request, context())


def refreshed(account: Account, one: Made) -> dict[str, Any]:
    """The inputs as a refresh finds them."""
    request = provider_pb2.ReadRequest(
        id=one.id, type=one.type, name=one.name, properties=to_struct(one.known), inputs=to_struct(one.inputs)
    )
    return to_dict(AwsPlugin(account.aws).Read(request, context()).inputs)


def context() -> mock.Mock:
    """Of a connection, which ends the test where the plugin would end a call."""
    return mock.Mock(abort=mock.Mock(side_effect=AssertionError))
