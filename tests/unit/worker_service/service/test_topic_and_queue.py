"""A service's topic, key, queues and subscription: encrypted, joined without losing a message, and kept."""

import json
from typing import Any

from tests.support.worker_service import deployed, document


def type_of(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def test_the_topic_and_both_queues_are_encrypted_with_the_services_own_rotating_key():
    deployment = deployed()
    key = deployment.one("aws:kms/key:Key")

    assert key.inputs["enableKeyRotation"] is True
    key_arn = deployment.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"]
    assert key_arn.startswith("arn:aws:kms:eu-west-1:111122223333:key/")
    assert [queue.inputs["kmsMasterKeyId"] for queue in deployment.all("aws:sqs/queue:Queue")] == [key_arn, key_arn]


def test_a_callers_key_takes_the_place_of_the_services_own():
    key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
    deployment = deployed(kms_key_arn=key_arn)

    assert deployment.all("aws:kms/key:Key") == []
    assert deployment.all("aws:kms/keyPolicy:KeyPolicy") == []
    assert deployment.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == key_arn


def test_managed_encryption_is_sqss_own_and_there_is_no_key_to_pay_for_or_to_use():
    deployment = deployed(encryption="managed", alarm_email="ops@example.com")
    role_policy = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")

    assert deployment.all("aws:kms/key:Key") == deployment.all("aws:kms/keyPolicy:KeyPolicy") == []
    queues = [queue.inputs for queue in deployment.all("aws:sqs/queue:Queue")]
    assert [queue["sqsManagedSseEnabled"] for queue in queues] == [True, True]
    assert [queue for queue in queues if "kmsMasterKeyId" in queue] == []
    # SNS delivers nothing to a queue, and CloudWatch nothing to a topic, with the key that AWS manages for SNS.
    assert [topic for topic in deployment.all("aws:sns/topic:Topic") if "kmsMasterKeyId" in topic.inputs] == []
    assert "kms" not in json.dumps(role_policy)
    assert deployment.outputs_of(deployment.result)["kms_key_arn"] == ""


def test_a_key_that_messages_need_is_protected_from_a_change_of_encryption():
    """Pulumi refuses to delete it, as it would where encryption becomes managed."""
    assert deployed().one("aws:kms/key:Key").protect
    assert not deployed(protect=False).one("aws:kms/key:Key").protect


def test_the_queues_have_their_times_from_the_arguments():
    deployment = deployed(visibility_timeout_seconds=300, message_retention_seconds=7_200)
    queue = deployment.one("aws:sqs/queue:Queue", "orders-queue").inputs
    dead_letter_queue = deployment.one("aws:sqs/queue:Queue", "orders-dead-letter-queue").inputs

    assert queue["visibilityTimeoutSeconds"] == 300
    assert queue["messageRetentionSeconds"] == 7_200
    assert queue["receiveWaitTimeSeconds"] == 20
    assert dead_letter_queue["messageRetentionSeconds"] == 14 * 24 * 3_600


def test_physical_names_are_left_to_pulumi():
    named = [resource.name for resource in deployed().resources if "name" in resource.inputs]

    assert named == []


def test_failed_messages_move_to_the_dead_letter_queue_which_takes_them_from_this_queue_alone():
    deployment = deployed(max_receive_count=5)
    redrive = deployment.one("aws:sqs/redrivePolicy:RedrivePolicy")
    allow = deployment.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
    outputs = service_outputs()

    assert json.loads(redrive.inputs["redrivePolicy"]) == {
        "deadLetterTargetArn": outputs["dead_letter_queue_arn"],
        "maxReceiveCount": 5,
    }
    assert redrive.inputs["queueUrl"] == outputs["queue_url"]
    assert json.loads(allow.inputs["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [outputs["queue_arn"]],
    }
    assert allow.inputs["queueUrl"] == outputs["dead_letter_queue_url"]


def test_the_subscription_waits_for_everything_without_which_a_message_would_be_lost():
    deployment = deployed()
    subscription = deployment.one("aws:sns/topicSubscription:TopicSubscription")
    outputs = service_outputs()

    assert subscription.inputs == {
        "topic": outputs["topic_arn"],
        "protocol": "sqs",
        "endpoint": outputs["queue_arn"],
        "redrivePolicy": json.dumps({"deadLetterTargetArn": outputs["dead_letter_queue_arn"]}),
    }
    assert {type_of(urn) for urn in subscription.dependencies} >= {
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redrivePolicy:RedrivePolicy",
        "aws:kms/keyPolicy:KeyPolicy",
    }


def service_outputs() -> dict[str, Any]:
    deployment = deployed()
    return deployment.outputs_of(deployment.result)
