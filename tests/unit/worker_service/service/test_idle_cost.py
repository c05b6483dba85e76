"""What docs/monitoring.md says an idle service costs, against what is really declared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.deploy import Deployment
from tests.support.worker_service import deployed

GUIDE = Path(__file__).parents[4] / "docs" / "monitoring.md"
#: us-east-1's list prices in USD: https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/kms/pricing/
USD_PER_ALARM_METRIC = 0.10
USD_PER_KEY = 1.00
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


def test_keys_are_charged_as_the_guide_says():
    assert row("the service's own KMS key") == len(deployed().all("aws:kms/key:Key")) * USD_PER_KEY
    assert deployed(encryption="managed").all("aws:kms/key:Key") == []


def test_the_sums_are_the_sums():
    parts = ["one x-small task", "alarms: ", "custom metrics: ", "log and polls"]
    without_key = sum(map(row, parts))

    assert row("together, with `encryption: managed`") == pytest.approx(without_key)
    assert row("together by default") == pytest.approx(without_key + USD_PER_KEY)
    assert without_key < USD_MOST
