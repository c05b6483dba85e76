"""Resources that are attributes of another one are never deleted.

The engine makes the new one first, and deleting the old one would clear what it has just set:
https://github.com/pulumi/pulumi-aws/issues/1923
"""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.support.deploy import Deployment, deploy
from tests.support.pipelines import DIRECTORY, GIT, pipeline
from tests.support.worker_service import deployed
from worker_service import Environment

#: What sets a value of another resource, which has no name of its own in AWS.
ATTRIBUTES = {
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketNotification:BucketNotification",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "aws:sqs/redrivePolicy:RedrivePolicy",
}

#: What AWS has by a name or an id that the next one does not share. A default security group is the VPC's, and goes
#: with it; a subscription that is made again is the same one, and is retained too.
THINGS = {
    "aws:appautoscaling/policy:Policy",
    "aws:appautoscaling/scheduledAction:ScheduledAction",
    "aws:appautoscaling/target:Target",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:codebuild/project:Project",
    "aws:codepipeline/pipeline:Pipeline",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/flowLog:FlowLog",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ecr/repository:Repository",
    "aws:ecs/cluster:Cluster",
    "aws:ecs/service:Service",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:kms/alias:Alias",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:sns/topic:Topic",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queue:Queue",
    "pulumi-python:dynamic/workers:ImageBuild",
}


@pytest.fixture
def deployments(service_folder: None) -> list[Deployment]:
    schedules = {"night": {"schedule": "rate(1 day)", "min_count": 0, "max_count": 1}}
    return [
        deployed(protect=False, alarm_email="a@b.c", schedules=schedules, fast_scaling=True),
        pipeline({"source": "s3"}, notification_email="a@b.c", protect=False),
        pipeline(GIT, protect=False),
        pipeline(DIRECTORY, protect=False),
        deploy(lambda: Environment("environment", cast("Any", {}))),
    ]


def test_no_attribute_is_ever_deleted(deployments: list[Deployment]):
    attributes = [r for d in deployments for r in d.resources if r.type in ATTRIBUTES]

    assert {resource.type for resource in attributes} == ATTRIBUTES
    assert [resource.name for resource in attributes if not resource.retain_on_delete] == []


def test_every_type_is_an_attribute_or_is_none(deployments: list[Deployment]):
    types = {r.type for d in deployments for r in d.resources if r.custom}

    assert types - ATTRIBUTES - THINGS == set()
