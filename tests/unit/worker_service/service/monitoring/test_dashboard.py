"""The dashboard: what it shows, and that every metric on it is one that exists."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.deploy import Deployment, deploy
from tests.support.worker_service import deployed, worker_service
from worker_runtime.telemetry.metrics import Metrics
from worker_service import Architecture
from worker_service.service.fargate_sizes import FargateSize
from worker_service.service.monitoring.dashboard_body import usd_per_task_hour
from worker_simulate.cloud.metric_math import evaluate

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"

#: Metrics that AWS reports by itself of a queue, a topic and a service with running tasks.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
#: https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
REPORTED_BY_AWS = {
    "AWS/SQS": {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
    },
    "AWS/SNS": {
        "NumberOfMessagesPublished",
        "NumberOfNotificationsDelivered",
        "NumberOfNotificationsFailed",
        "NumberOfNotificationsFilteredOut",
    },
    "AWS/ECS": {"CPUUtilization", "MemoryUtilization"},
}


def widgets(deployment: Deployment) -> list[dict[str, Any]]:
    return json.loads(deployment.one(DASHBOARD).inputs["dashboardBody"])["widgets"]


def lines(deployment: Deployment) -> Iterator[list[Any]]:
    for widget in widgets(deployment):
        yield from widget["properties"]["metrics"]


def metrics(deployment: Deployment) -> list[tuple[str, str, dict[str, str]]]:
    """Namespace, name and dimensions of every metric shown."""
    found = []
    for line in lines(deployment):
        *names, _options = line
        if names:
            namespace, name, *dimensions = names
            found.append((namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True))))
    return found


def existing_dimensions(deployment: Deployment) -> dict[str, list[dict[str, str]]]:
    """What the service's own resources are called in the namespaces of AWS."""
    allow = deployment.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy").inputs
    queue = json.loads(allow["redriveAllowPolicy"])["sourceQueueArns"][0].rsplit(":", 1)[-1]
    topic = deployment.one("aws:sns/topicSubscription:TopicSubscription").inputs["topic"]
    _, cluster, service = deployment.one("aws:appautoscaling/target:Target").inputs["resourceId"].split("/")
    return {
        "AWS/SQS": [{"QueueName": queue}, {"QueueName": allow["queueUrl"].rsplit("/", 1)[-1]}],
        "AWS/SNS": [{"TopicName": topic.rsplit(":", 1)[-1]}],
        "AWS/ECS": [{"ClusterName": cluster, "ServiceName": service}],
    }


def written_by_the_worker() -> set[str]:
    """Names of the metrics in the line that the worker writes once everything has happened."""
    metrics = Metrics("orders")
    for action in (
        "message_processed",
        "message_failed",
        "message_retried",
        "message_rejected",
        "message_dead_lettered",
        "lease_lost",
    ):
        metrics.count_handlers(action, [0.1])
    [directive] = metrics.take_line(in_flight=0)["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("WorkerService", [["QueueName"]])
    return {metric["Name"] for metric in directive["Metrics"]}


@pytest.mark.parametrize("args", [{}, {"scaling": "proton"}, {"fast_scaling": True}])
def test_every_metric_shown_exists(args: dict[str, Any]):
    deployment = deployed(**args)
    counted = deployment.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs["metricTransformation"]
    dimensions_of = existing_dimensions(deployment)
    dimensions_of["WorkerService"] = dimensions_of["AWS/SQS"][:1]
    dimensions_of[counted["namespace"]] = [{}]
    names = {
        **REPORTED_BY_AWS,
        "WorkerService": written_by_the_worker(),
        counted["namespace"]: {counted["name"]},
    }

    assert metrics(deployment)
    for namespace, name, dimensions in metrics(deployment):
        assert name in names[namespace]
        assert dimensions in dimensions_of[namespace]


def test_what_the_worker_counts_is_shown_but_for_its_in_flight_messages_which_sqs_counts():
    shown = {name for namespace, name, _ in metrics(deployed()) if namespace == "WorkerService"}

    assert shown == written_by_the_worker() - {"MessagesInFlight"}


def test_the_widgets_are_these_side_by_side():
    found = widgets(deployed())

    assert [widget["properties"]["title"].split(",")[0] for widget in found] == [
        "Flow",
        "Backlog",
        "Age of the oldest message",
        "Tasks",
        "Time in the handler",
        "Errors a minute",
        "CPU and memory of the tasks",
        "Cost of the tasks if they ran on like this",
    ]
    places = [(widget["x"], widget["y"]) for widget in found]
    assert places == [(0, 0), (8, 0), (16, 0), (0, 6), (8, 6), (16, 6), (0, 12), (8, 12)]
    assert {widget["properties"]["region"] for widget in found} == {"eu-west-1"}


def marks(deployment: Deployment, title: str) -> dict[str, float]:
    [widget] = [item for item in widgets(deployment) if item["properties"]["title"].startswith(title)]
    return {mark["label"]: mark["value"] for mark in widget["properties"]["annotations"]["horizontal"]}


def test_the_bounds_are_marked():
    deployment = deployed(acceptable_latency_seconds=300, min_count=0, max_count=4)

    assert marks(deployment, "Age") == {"acceptable": 300}
    assert marks(deployment, "Tasks") == {"fewest": 0, "most": 4}


def expressions(deployment: Deployment) -> dict[str, str]:
    return {line[0]["label"]: line[0]["expression"] for line in lines(deployment) if len(line) == 1}


def test_the_tasks_asked_for_are_scalings_own_expression():
    deployment = deployed(message_processing_seconds=2, concurrency=4)

    asked = expressions(deployment)["asked for by this queue's messages"]
    assert asked == "CEIL(v0 * 0.008333333333 + n0 * 0.3125)"
    assert "asked for by this queue's messages" not in expressions(deployed(scaling="proton"))


def test_the_cost_is_the_running_tasks_at_fargates_list_price():
    deployment = deployed(task_size="x-small")
    month = evaluate(expressions(deployment)["USD a month"], {"running": 1})

    # 0.25 vCPU and 0.5 GB: $0.0123425 an hour, 730 hours.
    assert month == pytest.approx(9.01, abs=0.01)
    assert usd_per_task_hour(FargateSize(1024, 2048), Architecture.ARM64) == pytest.approx(0.03238 + 2 * 0.00356)


def test_the_address_of_the_dashboard_is_an_output():
    deployment = deploy(worker_service)

    assert deployment.one(DASHBOARD).inputs["dashboardName"] == "worker-service-test-orders"
    assert deployment.outputs_of(deployment.result)["dashboard_url"] == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#dashboards/dashboard/worker-service-test-orders"
    )


def test_without_a_dashboard_there_is_no_address():
    deployment = deploy(lambda: worker_service(dashboard=False))

    assert deployment.all(DASHBOARD) == []
    assert deployment.outputs_of(deployment.result)["dashboard_url"] == ""
