"""The dev stack under the real Pulumi engine: first deployment, a second one, and its end.

Proves what the engine makes of the program. The provider is a stand-in, so it does not prove that AWS accepts the
inputs.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.build_cloud import build_cloud
from tests.support.engine import Stack, needs_pulumi, new_stack

pytestmark = [needs_pulumi, pytest.mark.slow]

EXPORTS = [
    "build_project_name",
    "cluster_arn",
    "dashboard_url",
    "dead_letter_queue_arn",
    "dead_letter_queue_name",
    "dead_letter_queue_url",
    "image",
    "kms_key_arn",
    "log_group_name",
    "operator_policy_arn",
    "private_subnet_ids",
    "public_subnet_ids",
    "queue_arn",
    "queue_name",
    "queue_url",
    "queues",
    "repository_url",
    "required_policies",
    "service_name",
    "shared_topic_arns",
    "task_definition_arn",
    "task_role_arn",
    "topic_arn",
    "topic_arns",
    "vpc_id",
]

#: What destroy leaves: values that went with what they belong to (a queue, topic, key, bucket, repository or cluster),
#: and the free record of a revision.
LEFT_BEHIND = [
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "aws:sqs/redrivePolicy:RedrivePolicy",
]


def test_the_dev_stack_from_preview_to_destroy(tmp_path: Path) -> None:
    with build_cloud() as cloud, new_stack(tmp_path, environment=cloud.environment()) as stack:
        cloud.prepare_stack()
        preview = stack.preview()
        assert preview.exit_code == 0, preview.output
        assert preview.actions == []
        assert cloud.started == []

        up = stack.up()
        assert up.exit_code == 0, up.output
        assert {action.operation for action in up.actions} == {"create"}
        assert len(up.actions) == len(set(up.actions))
        assert len(cloud.started) == 1
        assert _resource_count("created", up.output) == _resource_count("to create", preview.output)
        _assert_outputs_are_the_clouds(stack)

        second_up = stack.up("--expect-no-changes")
        assert second_up.exit_code == 0, second_up.output
        assert second_up.actions == []
        assert len(cloud.started) == 1

        destroy = stack.destroy()
        assert destroy.exit_code == 0, destroy.output
        assert stack.resources() == []
        assert sorted({key.type for key in stack.aws.cloud}) == LEFT_BEHIND


def _resource_count(what: str, output: str) -> int:
    found = re.search(rf"\+ (\d+) {what}", output)
    assert found, output
    return int(found[1])


def _assert_outputs_are_the_clouds(stack: Stack) -> None:
    outputs = stack.outputs()
    queues = {queue["url"]: queue["arn"] for queue in stack.aws.all("aws:sqs/queue:Queue")}
    assert sorted(outputs) == EXPORTS
    assert {
        outputs["queue_url"]: outputs["queue_arn"],
        outputs["dead_letter_queue_url"]: outputs["dead_letter_queue_arn"],
    } == queues
    assert [topic["arn"] for topic in stack.aws.all("aws:sns/topic:Topic")] == [outputs["topic_arn"]]
