"""What AWS answers when a resource is created: the computed outputs of every resource type of the project.

One table serves the mocks (deploy.py) and the provider behind the real engine (provider.py). Random parts
(name suffixes, ids) derive from the logical name: runs are repeatable and two resources never share one.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"

Inputs = Mapping[str, Any]
Outputs = dict[str, Any]


class UnknownTypeError(LookupError):
    """A resource of a type that the table lacks was created."""


def computed_outputs(type_: str, name: str, inputs: Inputs) -> Outputs:
    """Everything AWS adds to the inputs of a new resource; `id` is its physical id."""
    if type_ not in OUTPUTS:
        raise UnknownTypeError(f"no outputs known for {type_} ({name!r}): add it to OUTPUTS in {__name__}")
    return OUTPUTS[type_](name, inputs)


def physical_name(name: str, inputs: Inputs) -> str:
    """The name given, or the one Pulumi makes: the logical name, seven hex digits, `.fifo` if it must be."""
    suffix = ".fifo" if inputs.get("fifoQueue") or inputs.get("fifoTopic") else ""
    return inputs.get("name") or f"{name}-{hex_digits(name, 7)}{suffix}"


def hex_digits(seed: str, length: int) -> str:
    """Hex digits that look random and depend on `seed` alone."""
    return hashlib.sha256(seed.encode()).hexdigest()[:length]


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _uuid(seed: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, seed))


def _last_segment(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _queue(name: str, inputs: Inputs) -> Outputs:
    queue_name = physical_name(name, inputs)
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue_name}"
    return {"id": url, "url": url, "arn": _arn("sqs", queue_name), "name": queue_name}


def _queue_attribute(_name: str, inputs: Inputs) -> Outputs:
    return {"id": inputs["queueUrl"]}


def _namespace(name: str, _inputs: Inputs) -> Outputs:
    namespace_id = f"ns-{hex_digits(name, 16)}"
    return {"id": namespace_id, "arn": _arn("servicediscovery", f"namespace/{namespace_id}"), "hostedZone": "Z1"}


def _topic(name: str, inputs: Inputs) -> Outputs:
    topic_name = physical_name(name, inputs)
    arn = _arn("sns", topic_name)
    return {"id": arn, "arn": arn, "name": topic_name, "owner": ACCOUNT}


def _topic_policy(_name: str, inputs: Inputs) -> Outputs:
    return {"id": inputs["arn"], "owner": ACCOUNT}


def _topic_subscription(name: str, inputs: Inputs) -> Outputs:
    arn = f"{inputs['topic']}:{_uuid(name)}"
    return {
        "id": arn,
        "arn": arn,
        "ownerId": ACCOUNT,
        "pendingConfirmation": False,
        "confirmationWasAuthenticated": True,
    }


def _key(name: str, _inputs: Inputs) -> Outputs:
    key_id = _uuid(name)
    return {"id": key_id, "keyId": key_id, "arn": _arn("kms", f"key/{key_id}")}


def _key_policy(_name: str, inputs: Inputs) -> Outputs:
    return {"id": inputs["keyId"]}


def _role(name: str, inputs: Inputs) -> Outputs:
    role_name = physical_name(name, inputs)
    path = inputs.get("path") or "/"
    return {
        "id": role_name,
        "name": role_name,
        "arn": f"arn:aws:iam::{ACCOUNT}:role{path}{role_name}",
        "uniqueId": f"AROA{hex_digits(name, 17).upper()}",
        "createDate": "2026-01-01T00:00:00Z",
    }


def _role_policy(name: str, inputs: Inputs) -> Outputs:
    policy_name = physical_name(name, inputs)
    return {"id": f"{inputs['role']}:{policy_name}", "name": policy_name}


def _table(name: str, inputs: Inputs) -> Outputs:
    table_name = physical_name(name, inputs)
    return {"id": table_name, "name": table_name, "arn": _arn("dynamodb", f"table/{table_name}")}


def _log_group(name: str, inputs: Inputs) -> Outputs:
    group_name = physical_name(name, inputs)
    return {"id": group_name, "name": group_name, "arn": _arn("logs", f"log-group:{group_name}")}


def _security_group(name: str, inputs: Inputs) -> Outputs:
    group_id = f"sg-{hex_digits(name, 17)}"
    return {
        "id": group_id,
        "arn": _arn("ec2", f"security-group/{group_id}"),
        "name": physical_name(name, inputs),
        "ownerId": ACCOUNT,
    }


def _default_security_group(name: str, inputs: Inputs) -> Outputs:
    return _security_group(name, {**inputs, "name": "default"})


def _cluster(name: str, inputs: Inputs) -> Outputs:
    cluster_name = physical_name(name, inputs)
    arn = _arn("ecs", f"cluster/{cluster_name}")
    return {"id": arn, "arn": arn, "name": cluster_name}


def _cluster_capacity_providers(_name: str, inputs: Inputs) -> Outputs:
    return {"id": inputs["clusterName"]}


def _task_definition(_name: str, inputs: Inputs) -> Outputs:
    family = inputs["family"]
    arn = _arn("ecs", f"task-definition/{family}")
    return {"id": family, "arn": f"{arn}:1", "arnWithoutRevision": arn, "revision": 1}


def _ecs_service(name: str, inputs: Inputs) -> Outputs:
    service_name = physical_name(name, inputs)
    cluster_name = _last_segment(inputs.get("cluster") or "default")
    arn = _arn("ecs", f"service/{cluster_name}/{service_name}")
    return {"id": arn, "arn": arn, "name": service_name}


def _scalable_target(_name: str, inputs: Inputs) -> Outputs:
    service = "ecs.application-autoscaling.amazonaws.com"
    role = f"aws-service-role/{service}/AWSServiceRoleForApplicationAutoScaling_ECSService"
    return {
        "id": inputs["resourceId"],
        "arn": _arn("application-autoscaling", f"scalable-target/{hex_digits(inputs['resourceId'], 22)}"),
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
    }


def _scaling_policy(name: str, inputs: Inputs) -> Outputs:
    policy_name = physical_name(name, inputs)
    path = f"resource/{inputs['serviceNamespace']}/{inputs['resourceId']}:policyName/{policy_name}"
    return {
        "id": policy_name,
        "name": policy_name,
        "arn": _arn("autoscaling", f"scalingPolicy:{_uuid(name)}:{path}"),
        "alarmArns": [],
    }


def _scheduled_action(name: str, inputs: Inputs) -> Outputs:
    action_name = physical_name(name, inputs)
    path = f"resource/{inputs['serviceNamespace']}/{inputs['resourceId']}:scheduledActionName/{action_name}"
    return {
        "id": f"{action_name}-{inputs['serviceNamespace']}-{inputs['resourceId']}",
        "name": action_name,
        "arn": _arn("autoscaling", f"scheduledAction:{_uuid(name)}:{path}"),
    }


def _pipe(name: str, inputs: Inputs) -> Outputs:
    pipe_name = physical_name(name, inputs)
    return {"id": pipe_name, "name": pipe_name, "arn": _arn("pipes", f"pipe/{pipe_name}")}


def _state_machine(name: str, inputs: Inputs) -> Outputs:
    arn = _arn("states", f"stateMachine:{physical_name(name, inputs)}")
    return {"id": arn, "arn": arn}


def _metric_alarm(name: str, inputs: Inputs) -> Outputs:
    alarm_name = physical_name(name, inputs)
    return {"id": alarm_name, "name": alarm_name, "arn": _arn("cloudwatch", f"alarm:{alarm_name}")}


def _dashboard(_name: str, inputs: Inputs) -> Outputs:
    dashboard_name = inputs["dashboardName"]
    return {"id": dashboard_name, "dashboardArn": f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{dashboard_name}"}


def _log_metric_filter(name: str, inputs: Inputs) -> Outputs:
    filter_name = physical_name(name, inputs)
    return {"id": filter_name, "name": filter_name}


def _event_rule(name: str, inputs: Inputs) -> Outputs:
    rule_name = physical_name(name, inputs)
    return {"id": rule_name, "name": rule_name, "arn": _arn("events", f"rule/{rule_name}")}


def _vpc(name: str, inputs: Inputs) -> Outputs:
    zones = range(int(inputs.get("numberOfAvailabilityZones") or 3))
    return {
        "vpcId": f"vpc-{hex_digits(name, 17)}",
        "publicSubnetIds": [f"subnet-{hex_digits(f'{name}-public-{zone}', 17)}" for zone in zones],
        "privateSubnetIds": [f"subnet-{hex_digits(f'{name}-private-{zone}', 17)}" for zone in zones],
    }


def _repository(name: str, inputs: Inputs) -> Outputs:
    repository = physical_name(name, inputs)
    return {
        "id": repository,
        "name": repository,
        "arn": _arn("ecr", f"repository/{repository}"),
        "registryId": ACCOUNT,
        "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{repository}",
    }


def _repository_attribute(_name: str, inputs: Inputs) -> Outputs:
    return {"id": inputs["repository"], "registryId": ACCOUNT}


def _bucket(name: str, inputs: Inputs) -> Outputs:
    bucket = inputs.get("bucket") or f"{name}-{hex_digits(name, 7)}"
    return {"id": bucket, "bucket": bucket, "arn": f"arn:aws:s3:::{bucket}", "region": REGION}


def _bucket_attribute(_name: str, inputs: Inputs) -> Outputs:
    return {"id": inputs["bucket"]}


def _alias(name: str, inputs: Inputs) -> Outputs:
    alias = inputs.get("name") or f"alias/{name}-{hex_digits(name, 7)}"
    return {"id": alias, "name": alias, "arn": _arn("kms", alias)}


def _codebuild_project(name: str, inputs: Inputs) -> Outputs:
    project = physical_name(name, inputs)
    arn = _arn("codebuild", f"project/{project}")
    return {"id": arn, "arn": arn, "name": project}


def _pipeline(name: str, inputs: Inputs) -> Outputs:
    pipeline = physical_name(name, inputs)
    return {"id": pipeline, "name": pipeline, "arn": _arn("codepipeline", pipeline)}


def _event_target(name: str, inputs: Inputs) -> Outputs:
    target = f"terraform-{hex_digits(name, 26)}"
    return {"id": f"{inputs['rule']}-{target}", "targetId": target}


def _image_build(_name: str, inputs: Inputs) -> Outputs:
    """What a build yields, without one: the digest is made from the content's tag."""
    digest = hashlib.sha256(inputs["image_tag"].encode()).hexdigest()
    return {"id": inputs["image_tag"], "image": f"{inputs['repository_url']}@sha256:{digest}"}


def _policy(name: str, inputs: Inputs) -> Outputs:
    policy = physical_name(name, inputs)
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{policy}"
    return {"id": arn, "arn": arn, "name": policy}


def _vpc_endpoint(name: str, _inputs: Inputs) -> Outputs:
    return {"id": f"vpce-{hex_digits(name, 17)}"}


def _flow_log(name: str, _inputs: Inputs) -> Outputs:
    flow_log = f"fl-{hex_digits(name, 17)}"
    return {"id": flow_log, "arn": _arn("ec2", f"vpc-flow-log/{flow_log}")}


def _policy_attachment(name: str, inputs: Inputs) -> Outputs:
    return {"id": f"{inputs['role']}-{hex_digits(name, 26)}"}


def _secret(name: str, inputs: Inputs) -> Outputs:
    arn = _arn("secretsmanager", f"secret:{physical_name(name, inputs)}-a1b2c3")
    return {"id": arn, "arn": arn, "name": physical_name(name, inputs)}


def _secret_version(_name: str, inputs: Inputs) -> Outputs:
    return {"id": f"{inputs['secretId']}|v1", "arn": inputs["secretId"]}


def _parameter(name: str, inputs: Inputs) -> Outputs:
    parameter = physical_name(name, inputs)
    return {"id": parameter, "name": parameter, "arn": _arn("ssm", f"parameter/{parameter}")}


def _endpoint_service(asked: Inputs) -> Outputs:
    return {"serviceName": f"com.amazonaws.{REGION}.{asked['service']}", "vpcEndpointPolicySupported": True}


ROUTE_TABLE_IDS = [f"rtb-{hex_digits(f'private-{zone}', 17)}" for zone in range(2)]

#: The outputs of AWS Proton's fargate-env.
PROTON_ENVIRONMENT = {
    "ClusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/proton",
    "VPC": "vpc-0a1b2c3d",
    "PublicSubnet1": "subnet-0a1b2c3d",
    "PublicSubnet2": "subnet-4e5f6a7b",
    "PrivateSubnet1": "subnet-1a1b2c3d",
    "PrivateSubnet2": "subnet-5e5f6a7b",
    "SNSTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:proton-ping",
}


def _exported(name: str) -> str:
    """An export of a Copilot environment's stack, or of another one: a secret, or else a security group."""
    values = {
        "ClusterId": name.removesuffix("-ClusterId"),
        "VpcId": "vpc-0a1b2c3d",
        "PublicSubnets": "subnet-0a1b2c3d,subnet-4e5f6a7b",
        "PrivateSubnets": "subnet-1a1b2c3d,subnet-5e5f6a7b",
    }
    if name.endswith("Secret"):
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-a1b2c3"
    return values.get(name.rpartition("-")[2], f"sg-{hex_digits(name, 17)}")


#: What AWS answers to the functions that the components call.
ANSWERS: dict[str, Callable[[Inputs], Outputs]] = {
    "aws:ec2/getRouteTables:getRouteTables": lambda _: {"ids": ROUTE_TABLE_IDS},
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": _endpoint_service,
    "aws:cloudformation/getExport:getExport": lambda asked: {"value": _exported(asked["name"])},
    "aws:cloudformation/getStack:getStack": lambda _: {"outputs": PROTON_ENVIRONMENT},
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {"accountId": ACCOUNT},
    "aws:index/getPartition:getPartition": lambda _: {"partition": "aws"},
    "aws:index/getRegion:getRegion": lambda _: {"region": REGION},
    "aws:secretsmanager/getSecret:getSecret": lambda asked: {
        "arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{asked['name']}-a1b2c3"
    },
}

OUTPUTS: dict[str, Callable[[str, Inputs], Outputs]] = {
    "aws:appautoscaling/policy:Policy": _scaling_policy,
    "aws:appautoscaling/scheduledAction:ScheduledAction": _scheduled_action,
    "aws:appautoscaling/target:Target": _scalable_target,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _namespace,
    "aws:cloudwatch/eventRule:EventRule": _event_rule,
    "aws:cloudwatch/eventTarget:EventTarget": _event_target,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _log_metric_filter,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _metric_alarm,
    "aws:codebuild/project:Project": _codebuild_project,
    "aws:codepipeline/pipeline:Pipeline": _pipeline,
    "aws:dynamodb/table:Table": _table,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _default_security_group,
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _vpc_endpoint,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _repository_attribute,
    "aws:ecr/repository:Repository": _repository,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _repository_attribute,
    "aws:ecs/cluster:Cluster": _cluster,
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": _cluster_capacity_providers,
    "aws:ecs/service:Service": _ecs_service,
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _policy_attachment,
    "aws:kms/alias:Alias": _alias,
    "aws:kms/key:Key": _key,
    "aws:kms/keyPolicy:KeyPolicy": _key_policy,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _bucket_attribute,
    "aws:s3/bucketNotification:BucketNotification": _bucket_attribute,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _bucket_attribute,
    "aws:s3/bucketPolicy:BucketPolicy": _bucket_attribute,
    "aws:pipes/pipe:Pipe": _pipe,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _bucket_attribute,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _bucket_attribute,
    "aws:s3/bucketVersioning:BucketVersioning": _bucket_attribute,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
    "aws:sfn/stateMachine:StateMachine": _state_machine,
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicPolicy:TopicPolicy": _topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": _topic_subscription,
    "aws:sqs/queue:Queue": _queue,
    "aws:sqs/queuePolicy:QueuePolicy": _queue_attribute,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _queue_attribute,
    "aws:sqs/redrivePolicy:RedrivePolicy": _queue_attribute,
    "aws:ssm/parameter:Parameter": _parameter,
    "awsx:ec2:Vpc": _vpc,
    "pulumi-python:dynamic/workers:ImageBuild": _image_build,
}
