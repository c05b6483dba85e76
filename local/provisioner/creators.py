"""Which function creates a resource of which type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.aws import Aws
from local.provisioner import (
    autoscaling,
    cloudwatch,
    codebuild,
    codepipeline,
    ec2,
    ecr,
    ecs,
    events,
    iam,
    kms,
    logs,
    s3,
    secrets,
    sns,
    sqs,
    vpc,
)
from local.provisioner.resource import Outputs, Resource

CREATORS: dict[str, Callable[[Aws, Resource], Outputs]] = {
    "aws:appautoscaling/policy:Policy": autoscaling.policy,
    "aws:appautoscaling/scheduledAction:ScheduledAction": autoscaling.scheduled_action,
    "aws:appautoscaling/target:Target": autoscaling.target,
    "aws:cloudwatch/dashboard:Dashboard": cloudwatch.dashboard,
    "aws:cloudwatch/eventRule:EventRule": events.rule,
    "aws:cloudwatch/eventTarget:EventTarget": events.target,
    "aws:cloudwatch/logGroup:LogGroup": logs.log_group,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": logs.metric_filter,
    "aws:cloudwatch/metricAlarm:MetricAlarm": cloudwatch.metric_alarm,
    "aws:codebuild/project:Project": codebuild.project,
    "aws:codepipeline/pipeline:Pipeline": codepipeline.pipeline,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2.default_security_group,
    "aws:ec2/flowLog:FlowLog": ec2.flow_log,
    "aws:ec2/routeTable:RouteTable": vpc.route_table,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": vpc.route_table_association,
    "aws:ec2/securityGroup:SecurityGroup": ec2.security_group,
    "aws:ec2/subnet:Subnet": vpc.subnet,
    "aws:ec2/vpc:Vpc": vpc.vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": ec2.vpc_endpoint,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ecr.lifecycle_policy,
    "aws:ecr/repository:Repository": ecr.repository,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ecr.repository_policy,
    "aws:ecs/cluster:Cluster": ecs.cluster,
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": ecs.cluster_capacity_providers,
    "aws:ecs/service:Service": ecs.service,
    "aws:ecs/taskDefinition:TaskDefinition": ecs.task_definition,
    "aws:iam/policy:Policy": iam.policy,
    "aws:iam/role:Role": iam.role,
    "aws:iam/rolePolicy:RolePolicy": iam.role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": iam.role_policy_attachment,
    "aws:kms/alias:Alias": kms.alias,
    "aws:kms/key:Key": kms.key,
    "aws:kms/keyPolicy:KeyPolicy": kms.key_policy,
    "aws:s3/bucket:Bucket": s3.bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": s3.lifecycle,
    "aws:s3/bucketNotification:BucketNotification": s3.notification,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": s3.ownership_controls,
    "aws:s3/bucketPolicy:BucketPolicy": s3.policy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": s3.public_access_block,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": s3.encryption,
    "aws:s3/bucketVersioning:BucketVersioning": s3.versioning,
    "aws:secretsmanager/secret:Secret": secrets.secret,
    "aws:secretsmanager/secretVersion:SecretVersion": secrets.secret_version,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": ec2.namespace,
    "aws:sns/topic:Topic": sns.topic,
    "aws:sns/topicPolicy:TopicPolicy": sns.topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": sns.topic_subscription,
    "aws:sqs/queue:Queue": sqs.queue,
    "aws:sqs/queuePolicy:QueuePolicy": sqs.queue_policy,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": sqs.redrive_allow_policy,
    "aws:sqs/redrivePolicy:RedrivePolicy": sqs.redrive_policy,
    "aws:ssm/parameter:Parameter": secrets.parameter,
    "awsx:ec2:Vpc": vpc.awsx_vpc,
    "pulumi-python:dynamic/workers:ImageBuild": codebuild.image_build,
}

#: What provider's functions answer.
FUNCTIONS: dict[str, Callable[[Aws, dict[str, Any]], dict[str, Any]]] = {
    "aws:ec2/getRouteTables:getRouteTables": ec2.get_route_tables,
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": ec2.get_vpc_endpoint_service,
}
