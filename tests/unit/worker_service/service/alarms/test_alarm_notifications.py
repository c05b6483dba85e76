"""Who is told of an alarm."""

import json

from tests.support.deploy import Deployment, Resource
from tests.support.worker_service import deployed

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

TOPIC = "aws:sns/topic:Topic"

TOPIC_ARN = "arn:aws:sns:eu-west-1:111122223333:alarms"


def alarms(deployment: Deployment) -> dict[str, Resource]:
    return {
        alarm.name.removeprefix("orders-").removesuffix("-alarm"): alarm
        for alarm in deployment.all(ALARM)
        if alarm.name.endswith("-alarm")
    }


def test_without_an_address_or_topic_nobody_is_told():
    deployment = deployed()

    assert [topic.name for topic in deployment.all(TOPIC)] == ["orders-topic"]
    for alarm in alarms(deployment).values():
        assert (alarm.inputs["alarmActions"], alarm.inputs["okActions"]) == ([], [])


def test_an_address_gets_an_encrypted_topic_that_cloudwatch_may_publish_to():
    deployment = deployed(alarm_email="ops@example.com")
    subscription = deployment.one("aws:sns/topicSubscription:TopicSubscription", "orders-alarm-email").inputs
    policy = deployment.one("aws:sns/topicPolicy:TopicPolicy", "orders-alarm-topic-policy")
    topics = {topic.name: topic.inputs for topic in deployment.all(TOPIC)}
    statements = json.loads(policy.inputs["policy"])["Statement"]
    key_policy = json.loads(deployment.one("aws:kms/keyPolicy:KeyPolicy").inputs["policy"])

    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "ops@example.com")
    assert topics["orders-alarm-topic"]["kmsMasterKeyId"] == topics["orders-topic"]["kmsMasterKeyId"]
    assert policy.retain_on_delete is True
    assert [statement["Sid"] for statement in statements] == ["PublishAlarms", "RefusePlainHttp"]
    assert statements[0]["Resource"] == policy.inputs["arn"] == subscription["topic"]
    assert [statement["Sid"] for statement in key_policy["Statement"]][-1] == "EncryptAlarms"
    for alarm in alarms(deployment).values():
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [subscription["topic"]]


def test_an_existing_topic_is_told_and_none_is_made():
    deployment = deployed(alarm_topic_arn=TOPIC_ARN)

    assert [topic.name for topic in deployment.all(TOPIC)] == ["orders-topic"]
    for alarm in alarms(deployment).values():
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [TOPIC_ARN]


def test_both_may_be_told():
    deployment = deployed(alarm_topic_arn=TOPIC_ARN, alarm_email="ops@example.com")

    for alarm in alarms(deployment).values():
        assert len(alarm.inputs["alarmActions"]) == 2
        assert TOPIC_ARN in alarm.inputs["alarmActions"]
