"""The inputs that AWS cannot change in place: a change of one replaces the resource.

From the aws provider, which marks them ForceNew in terraform-provider-aws (internal/service/SERVICE/RESOURCE.go), and
replaceOnChanges in pulumi-aws's schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SCALABLE = frozenset({"resourceId", "scalableDimension", "serviceNamespace"})
_BUCKET = frozenset({"bucket"})
_QUEUE = frozenset({"queueUrl"})
_NAME = frozenset({"name"})

_STRATEGY = "capacityProviderStrategies"

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"

REPLACED_BY: dict[str, frozenset[str]] = {
    "aws:appautoscaling/policy:Policy": _SCALABLE | _NAME,
    "aws:appautoscaling/scheduledAction:ScheduledAction": _SCALABLE | _NAME,
    "aws:appautoscaling/target:Target": _SCALABLE,
    "aws:cloudwatch/dashboard:Dashboard": frozenset({"dashboardName"}),
    "aws:cloudwatch/eventRule:EventRule": frozenset({"name", "eventBusName"}),
    "aws:cloudwatch/eventTarget:EventTarget": frozenset({"rule", "targetId", "eventBusName"}),
    "aws:cloudwatch/logGroup:LogGroup": frozenset({"name", "logGroupClass"}),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": frozenset({"name", "logGroupName"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _NAME,
    "aws:codebuild/project:Project": _NAME,
    "aws:codepipeline/pipeline:Pipeline": _NAME,
    "aws:dynamodb/table:Table": frozenset({"name", "hashKey"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": frozenset({"vpcId"}),
    # All but its tags.
    "aws:ec2/flowLog:FlowLog": frozenset(
        {"vpcId", "trafficType", "logDestination", "logDestinationType", "iamRoleArn", "maxAggregationInterval"}
    ),
    "aws:ec2/routeTable:RouteTable": frozenset({"vpcId"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": frozenset({"subnetId"}),
    "aws:ec2/securityGroup:SecurityGroup": frozenset({"name", "description", "vpcId"}),
    "aws:ec2/subnet:Subnet": frozenset({"vpcId", "cidrBlock", "availabilityZone"}),
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock"}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset({"vpcId", "serviceName", "vpcEndpointType"}),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": frozenset({"repository", "policy"}),
    "aws:ecr/repository:Repository": frozenset({"name", "encryptionConfigurations"}),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": frozenset({"repository"}),
    "aws:ecs/cluster:Cluster": _NAME,
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": frozenset({"clusterName"}),
    "aws:ecs/service:Service": frozenset({"name", "cluster", "launchType"}),
    # A revision is never changed, only followed by the next one.
    TASK_DEFINITION: frozenset(
        {
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
            "ephemeralStorage",
        }
    ),
    "aws:iam/policy:Policy": frozenset({"name", "path", "description"}),
    "aws:iam/role:Role": frozenset({"name", "path"}),
    "aws:iam/rolePolicy:RolePolicy": frozenset({"name", "role"}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": frozenset({"role", "policyArn"}),
    "aws:kms/alias:Alias": _NAME,
    "aws:kms/key:Key": frozenset({"keyUsage", "customerMasterKeySpec", "multiRegion"}),
    "aws:kms/keyPolicy:KeyPolicy": frozenset({"keyId"}),
    "aws:pipes/pipe:Pipe": frozenset({"name", "source"}),
    "aws:s3/bucket:Bucket": _BUCKET,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _BUCKET,
    "aws:s3/bucketNotification:BucketNotification": _BUCKET,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _BUCKET,
    "aws:s3/bucketPolicy:BucketPolicy": _BUCKET,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _BUCKET,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": _BUCKET,
    "aws:secretsmanager/secret:Secret": _NAME,
    "aws:secretsmanager/secretVersion:SecretVersion": frozenset({"secretId", "secretString"}),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": frozenset({"name", "vpc"}),
    "aws:sfn/stateMachine:StateMachine": frozenset({"name", "type"}),
    "aws:sns/topic:Topic": frozenset({"name", "fifoTopic"}),
    "aws:sns/topicPolicy:TopicPolicy": frozenset({"arn"}),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"topic", "protocol", "endpoint"}),
    "aws:sqs/queue:Queue": frozenset({"name", "fifoQueue"}),
    "aws:sqs/queuePolicy:QueuePolicy": _QUEUE,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _QUEUE,
    "aws:sqs/redrivePolicy:RedrivePolicy": _QUEUE,
    # Built of a VPC and its subnets, whose addresses cannot change.
    "awsx:ec2:Vpc": frozenset({"cidrBlock", "numberOfAvailabilityZones", "subnetSpecs"}),
    "aws:ssm/parameter:Parameter": _NAME,
}


def replacing(type_: str, changed: set[str], new: Mapping[str, Any]) -> set[str]:
    """Which of the changed inputs replace the resource.

    A service's strategy comes, changes and goes in place, with a new deployment; without, the provider refuses it.
    https://github.com/hashicorp/terraform-provider-aws/pull/43533
    """
    replaces = changed & REPLACED_BY.get(type_, frozenset())
    return replaces | (set() if new.get("forceNewDeployment") else changed & {_STRATEGY})
