"""The caller's tags are on everything that takes tags, as an organization's tag policies ask."""

from __future__ import annotations

import importlib
import inspect

import pytest

from tests.support.deploy import Deployment, deploy, remembered
from tests.support.everything import everything

TAGS = {"team": "orders", "cost-center": "42"}

#: What has no tags in AWS, and why.
WITHOUT_TAGS = {
    "aws:appautoscaling/policy:Policy": "an attribute of the scalable target, which is tagged",
    "aws:appautoscaling/scheduledAction:ScheduledAction": "an attribute of the scalable target, which is tagged",
    "aws:cloudwatch/dashboard:Dashboard": "the provider does not tag dashboards",
    "aws:cloudwatch/eventTarget:EventTarget": "an attribute of the rule, which is tagged",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "an attribute of the log group, which is tagged",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "an attribute of the repository, which is tagged",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "an attribute of the repository, which is tagged",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "an attribute of the cluster, which is tagged",
    "aws:iam/rolePolicy:RolePolicy": "an attribute of the role, which is tagged",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "an attribute of the role, which is tagged",
    "aws:kms/alias:Alias": "another name of the key, which is tagged",
    "aws:kms/keyPolicy:KeyPolicy": "an attribute of the key, which is tagged",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "an attribute of the bucket, which is tagged",
    "aws:s3/bucketNotification:BucketNotification": "an attribute of the bucket, which is tagged",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "an attribute of the bucket, which is tagged",
    "aws:s3/bucketPolicy:BucketPolicy": "an attribute of the bucket, which is tagged",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "an attribute of the bucket, which is tagged",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "an attribute of the bucket, which is tagged"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": "an attribute of the bucket, which is tagged",
    "aws:sns/topicPolicy:TopicPolicy": "an attribute of the topic, which is tagged",
    "aws:sns/topicSubscription:TopicSubscription": "SNS does not tag subscriptions",
    "aws:sqs/queuePolicy:QueuePolicy": "an attribute of the queue, which is tagged",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "an attribute of the queue, which is tagged",
    "aws:sqs/redrivePolicy:RedrivePolicy": "an attribute of the queue, which is tagged",
    "pulumi-python:dynamic/workers:ImageBuild": "an image: ECR tags repositories, not images",
}


@remembered
def tagged() -> Deployment:
    return deploy(lambda: everything("acme", tags=TAGS))


@pytest.fixture
def deployment(service_folder: None) -> Deployment:
    return tagged()


def takes_tags(type_: str) -> bool:
    """Whether the provider's resource has tags: aws:sqs/queue:Queue is pulumi_aws.sqs.Queue."""
    package, module, name = type_.split(":") if type_.count(":") == 2 else ("", "", "")
    if package not in ("aws", "awsx"):
        return False
    resource = getattr(importlib.import_module(f"pulumi_{package}.{module.split('/')[0]}"), name)
    return "tags" in inspect.signature(resource._internal_init).parameters


def test_all_that_takes_tags_has_the_callers(deployment: Deployment):
    taking = [r for r in deployment.resources if takes_tags(r.type)]

    assert len(taking) > 60
    assert [r.urn for r in taking if r.inputs.get("tags") != TAGS] == []


def test_what_takes_none_is_listed_with_the_reason(deployment: Deployment):
    made = {r.type for r in deployment.resources if not r.type.startswith("workers:")}

    assert {type_ for type_ in made if not takes_tags(type_)} == set(WITHOUT_TAGS)


def test_tasks_have_the_services_tags(deployment: Deployment):
    service = deployment.one("aws:ecs/service:Service").inputs

    assert (service["propagateTags"], service["enableEcsManagedTags"]) == ("SERVICE", True)
