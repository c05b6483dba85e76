"""The alarms of a service: at what they go off, what they watch, and what they say."""

import json
import re
from typing import Any

import pytest

from tests.support.deploy import Deployment, Resource, deploy
from tests.support.worker_service import CLUSTER_ARN, REQUIRED, deployed
from worker_service import WorkerService
from worker_simulate.cloud.metric_math import Value, evaluate

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

#: By suffix: the input that turns it off.
ALARMS = {
    "dead-letter": "dead_letter_alarm_messages",
    "age": "age_alarm_minutes",
    "no-consumer": "no_consumer_alarm_minutes",
    "task-failure": "task_failure_alarm_tasks",
    "delivery-failure": "delivery_failure_alarm_messages",
    "receive-failure": "receive_failure_alarm_errors",
}

#: CloudWatch refuses longer descriptions.
DESCRIPTION_CHARACTERS_MOST = 1_024


def alarms(deployment: Deployment) -> dict[str, Resource]:
    return {
        alarm.name.removeprefix("orders-").removesuffix("-alarm"): alarm
        for alarm in deployment.all(ALARM)
        if alarm.name.endswith("-alarm")
    }


def watched(alarm: Resource) -> list[tuple[Any, ...]]:
    """Namespace, metric, dimensions and statistic of what the alarm reads."""
    metrics = [query["metric"] for query in alarm.inputs["metricQueries"] if "metric" in query]
    return [(m["namespace"], m["metricName"], m["dimensions"], m["stat"]) for m in metrics]


def shape(alarm: Resource) -> tuple[Any, ...]:
    """Threshold from which on it goes off, period, periods and what missing data counts as."""
    inputs = alarm.inputs
    assert inputs["datapointsToAlarm"] == inputs["evaluationPeriods"]
    [period] = {query["metric"]["period"] for query in inputs["metricQueries"] if "metric" in query}
    assert inputs["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    return (inputs["threshold"], period, inputs["evaluationPeriods"], inputs["treatMissingData"])


def queue_names(deployment: Deployment) -> tuple[str, str]:
    policy = deployment.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy").inputs
    queue = json.loads(policy["redriveAllowPolicy"])["sourceQueueArns"][0].rsplit(":", 1)[-1]
    return queue, policy["queueUrl"].rsplit("/", 1)[-1]


def topic_name(deployment: Deployment) -> str:
    return deployment.one("aws:sns/topicSubscription:TopicSubscription").inputs["topic"].rsplit(":", 1)[-1]


def test_there_are_six_alarms_by_default():
    assert set(alarms(deployed())) == set(ALARMS)


@pytest.mark.parametrize(("suffix", "key"), ALARMS.items())
def test_0_turns_an_alarm_off_and_leaves_the_others(suffix: str, key: str):
    assert set(alarms(deployed(**{key: 0}))) == set(ALARMS) - {suffix}


@pytest.mark.parametrize(
    ("suffix", "args", "expected"),
    [
        ("dead-letter", {}, (1, 60, 1, "ignore")),
        ("dead-letter", {"dead_letter_alarm_messages": 5}, (5, 60, 1, "ignore")),
        ("age", {}, (61, 60, 10, "notBreaching")),
        (
            "age",
            {"age_alarm_minutes": 3, "acceptable_latency_seconds": 600},
            (601, 60, 3, "notBreaching"),
        ),
        ("no-consumer", {}, (1, 60, 10, "notBreaching")),
        ("no-consumer", {"no_consumer_alarm_minutes": 5}, (1, 60, 5, "notBreaching")),
        ("task-failure", {}, (3, 600, 1, "notBreaching")),
        ("task-failure", {"task_failure_alarm_tasks": 1}, (1, 600, 1, "notBreaching")),
        ("delivery-failure", {}, (1, 300, 1, "notBreaching")),
        ("delivery-failure", {"delivery_failure_alarm_messages": 9}, (9, 300, 1, "notBreaching")),
        ("receive-failure", {}, (10, 300, 1, "notBreaching")),
        ("receive-failure", {"receive_failure_alarm_errors": 2}, (2, 300, 1, "notBreaching")),
    ],
)
def test_an_alarm_goes_off_at_its_input(suffix: str, args: dict[str, Any], expected: tuple[Any, ...]):
    assert shape(alarms(deployed(**args))[suffix]) == expected


def test_each_alarm_watches_the_services_own_resources():
    deployment = deployed()
    found = alarms(deployment)
    queue, dead_letter_queue = queue_names(deployment)
    visible = "ApproximateNumberOfMessagesVisible"

    assert watched(found["dead-letter"]) == [("AWS/SQS", visible, {"QueueName": dead_letter_queue}, "Maximum")]
    assert watched(found["age"]) == [("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, "Maximum")]
    assert watched(found["no-consumer"]) == [
        ("AWS/SQS", visible, {"QueueName": queue}, "Maximum"),
        ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", {"QueueName": queue}, "Maximum"),
        ("AWS/SQS", "NumberOfMessagesReceived", {"QueueName": queue}, "Sum"),
        ("AWS/SQS", "NumberOfEmptyReceives", {"QueueName": queue}, "Sum"),
    ]
    assert watched(found["delivery-failure"]) == [
        ("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": topic_name(deployment)}, "Sum")
    ]
    assert watched(found["receive-failure"]) == [(f"WorkerService/{queue}", "ReceiveFailures", {}, "Sum")]
    [(namespace, metric, dimensions, statistic)] = watched(found["task-failure"])
    assert (namespace, metric, statistic) == ("AWS/Events", "TriggeredRules", "Sum")
    assert dimensions["RuleName"].startswith("orders-failed-tasks-")


@pytest.mark.parametrize(
    ("series", "in_alarm"),
    [
        ({"v": 1, "n": 0, "received": 0, "empty": 0}, True),
        ({"v": 0, "n": 0, "received": 0, "empty": 0}, False),
        # A task polls, has received, or is busy with what it received long ago.
        ({"v": 1, "n": 0, "received": 0, "empty": 3}, False),
        ({"v": 1, "n": 0, "received": 1, "empty": 0}, False),
        ({"v": 1, "n": 1, "received": 0, "empty": 0}, False),
        ({"v": 1, "n": None, "received": None, "empty": None}, True),
        ({"v": None, "n": 0, "received": 0, "empty": 0}, False),
        ({"v": None, "n": None, "received": None, "empty": None}, False),
    ],
)
def test_no_consumer_is_messages_that_wait_and_nobody_who_receives(series: dict[str, Value], in_alarm: bool):
    alarm = alarms(deployed())["no-consumer"]
    [expression] = [query["expression"] for query in alarm.inputs["metricQueries"] if query["returnData"]]

    value = evaluate(expression, series)

    assert (value is not None and value >= alarm.inputs["threshold"]) is in_alarm


def test_failed_tasks_are_the_services_own_that_scaling_and_deployments_did_not_stop():
    deployment = deployed()
    rule = deployment.one("aws:cloudwatch/eventRule:EventRule")
    service_name = deployment.one("aws:appautoscaling/target:Target").inputs["resourceId"].split("/")[-1]

    assert json.loads(rule.inputs["eventPattern"]) == {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [CLUSTER_ARN],
            "group": [f"service:{service_name}"],
            "lastStatus": ["STOPPED"],
            "$or": [
                {"stopCode": ["EssentialContainerExited", "TaskFailedToStart"]},
                # The scheduler stops it, as it stops what scaling in takes away.
                {"stoppedReason": [{"prefix": "Task failed container health checks"}]},
            ],
        },
    }


@pytest.mark.parametrize("suffix", ALARMS)
def test_a_description_says_what_happened_and_which_command_to_run(suffix: str):
    deployment = deployed()
    description = alarms(deployment)[suffix].inputs["alarmDescription"]
    queue, _ = queue_names(deployment)

    assert "aws " in description
    assert queue in description or "orders-service-" in description or "orders-dead-letter-queue" in description
    assert not re.search(r"\{\w+\}", description), "a name was not filled in"


def test_no_description_is_too_long_for_cloudwatch_however_long_the_names():
    deployment = deploy(lambda: WorkerService("o" * 40, REQUIRED))

    for alarm in deployment.all(ALARM):
        assert len(alarm.inputs["alarmDescription"]) <= DESCRIPTION_CHARACTERS_MOST


@pytest.mark.parametrize(
    ("args", "suffixes"),
    [
        ({}, ["dead-letter", "age", "new-dead-letters"]),
        ({"dead_letter_alarm_messages": 0}, ["age"]),
        ({"rollback_alarms": ["no_consumer", "receive_failure"]}, ["no-consumer", "receive-failure"]),
    ],
)
def test_a_deployment_rolls_back_on_the_chosen_alarms(args: dict[str, Any], suffixes: list[str]):
    deployment = deployed(**args)
    rollback = deployment.one("aws:ecs/service:Service").inputs["alarms"]

    assert (rollback["enable"], rollback["rollback"]) == (True, True)
    names = [re.sub(r"^orders-|(-alarm)?-[0-9a-f]{7}$", "", name) for name in rollback["alarmNames"]]
    assert names == suffixes


def test_without_rollback_alarms_only_the_circuit_breaker_rolls_back():
    service = deployed(rollback_alarms=[]).one("aws:ecs/service:Service").inputs

    # Left out of an update, the alarms of before would stay.
    assert service["alarms"] == {"alarmNames": [], "enable": False, "rollback": False}
    assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_failed_receives_are_counted_in_the_services_own_log():
    deployment = deployed()
    queue, _ = queue_names(deployment)

    assert deployment.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs == {
        "logGroupName": log_group_name(deployment),
        "pattern": '{ $.action = "receive_failed" }',
        "metricTransformation": {
            "namespace": f"WorkerService/{queue}",
            "name": "ReceiveFailures",
            "value": "1",
            # No default: one would be written with every other line, as a metric that is never silent.
            "unit": "Count",
        },
    }


def log_group_name(deployment: Deployment) -> str:
    inputs = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    [container] = json.loads(inputs["containerDefinitions"])
    return container["logConfiguration"]["options"]["awslogs-group"]


def test_a_deployment_looks_at_the_workers_own_count_of_dead_letters():
    """The queue's metric is up to 15 minutes late, and an alarm that is on already is ignored for a deployment."""
    deployment = deployed(dead_letter_alarm_messages=3)
    alarm = deployment.one("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-new-dead-letters").inputs
    queue, _ = queue_names(deployment)
    metrics = {query["id"]: query["metric"] for query in alarm["metricQueries"] if "metric" in query}

    assert {id_: (m["namespace"], m["metricName"], m["stat"], m["period"]) for id_, m in metrics.items()} == {
        "failed": ("WorkerService", "MessagesDeadLettered", "Sum", 60),
        "rejected": ("WorkerService", "MessagesRejected", "Sum", 60),
    }
    assert all(metric["dimensions"] == {"QueueName": queue} for metric in metrics.values())
    assert alarm["metricQueries"][-1]["expression"] == "SUM(METRICS())"
    assert (alarm["threshold"], alarm["treatMissingData"], alarm["evaluationPeriods"]) == (3, "notBreaching", 1)
    # People are told by the queue's alarm, which stays on.
    assert alarm["alarmActions"] == []


def test_without_a_rollback_on_dead_letters_there_is_no_alarm_for_it():
    for args in ({"rollback_alarms": ["age"]}, {"dead_letter_alarm_messages": 0}):
        names = [alarm.name for alarm in deployed(**args).all("aws:cloudwatch/metricAlarm:MetricAlarm")]
        assert "orders-new-dead-letters" not in names
