"""What docs/monitoring.md says an idle service costs, against what is really declared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.deploy import Deployment
from tests.support.worker_service import deployed
from worker_runtime.sqs.quotas import LONG_POLL_SECONDS
from worker_runtime.telemetry.metrics import EMIT_SECONDS, Metrics
from worker_service.inputs.aws_values import Architecture
from worker_service.service.monitoring.dashboard_body import FARGATE_USD_PER_HOUR

GUIDE = Path(__file__).parents[4] / "docs" / "monitoring.md"
#: us-east-1's list prices in USD: https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/kms/pricing/
USD_PER_ALARM_METRIC = 0.10
USD_PER_KEY = 1.00
USD_PER_CUSTOM_METRIC = 0.30
USD_PER_LOGGED_GB = 0.50
#: https://aws.amazon.com/sqs/pricing/
USD_PER_MILLION_REQUESTS = 0.40
HOURS = 730
#: Under this with every alarm is what the project promises.
USD_MOST = 11.0


def stated() -> dict[str, float]:
    """The sums of the table, by the beginning of what they are for."""
    rows = re.findall(r"^\| (.+?) \| (\d+\.\d\d) \|$", GUIDE.read_text(), re.MULTILINE)
    return {what: float(usd) for what, usd in rows}


def row(beginning: str) -> float:
    [usd] = [usd for what, usd in stated().items() if what.startswith(beginning)]
    return usd


def metrics_read(deployment: Deployment) -> int:
    """Metrics that alarms read: each is charged, expressions are not."""
    return sum(
        1 if "metricName" in alarm.inputs else sum("metric" in query for query in alarm.inputs["metricQueries"])
        for alarm in deployment.all("aws:cloudwatch/metricAlarm:MetricAlarm")
    )


@pytest.mark.parametrize("encryption", ["customer_key", "managed"])
def test_the_alarms_are_charged_as_the_guide_says(encryption: str):
    assert row("alarms: ") == pytest.approx(metrics_read(deployed(encryption=encryption)) * USD_PER_ALARM_METRIC)


def test_a_task_is_charged_by_its_size():
    task = deployed().one("aws:ecs/taskDefinition:TaskDefinition").inputs
    vcpu, gigabyte = FARGATE_USD_PER_HOUR[Architecture.X86_64]

    usd = HOURS * (int(task["cpu"]) / 1_024 * vcpu + int(task["memory"]) / 1_024 * gigabyte)
    assert row("one x-small task") == pytest.approx(usd, abs=0.005)


def test_an_idle_worker_writes_one_metric_and_a_line_a_minute_and_polls_now_and_then():
    line = Metrics("orders").take_line(in_flight=0)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    polls = HOURS * 3_600 / LONG_POLL_SECONDS / 1e6 * USD_PER_MILLION_REQUESTS
    # CloudWatch counts 26 bytes for each event beside its text.
    logged = HOURS * 3_600 / EMIT_SECONDS * (len(json.dumps(line)) + 26) / 1e9 * USD_PER_LOGGED_GB

    assert row("custom metrics: ") == len(directive["Metrics"]) * USD_PER_CUSTOM_METRIC
    assert row("log and polls") == pytest.approx(polls + logged, abs=0.005)


def test_keys_are_charged_as_the_guide_says():
    assert row("the service's own KMS key") == len(deployed().all("aws:kms/key:Key")) * USD_PER_KEY
    assert deployed(encryption="managed").all("aws:kms/key:Key") == []


def test_the_sums_are_the_sums():
    parts = ["one x-small task", "alarms: ", "custom metrics: ", "log and polls"]
    without_key = sum(map(row, parts))

    assert row("together, with `encryption: managed`") == pytest.approx(without_key)
    assert row("together by default") == pytest.approx(without_key + USD_PER_KEY)
    assert without_key < USD_MOST
