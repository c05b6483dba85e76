"""botocore's validators accept the requests that any settings of scaling and alarms lead to."""

from __future__ import annotations

import functools
import random
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from local.provisioner.creators import CREATORS
from local.provisioner.resource import Resource
from tests.support.worker_service import deployed

pytestmark = pytest.mark.slow

TYPES = [
    "aws:appautoscaling/policy:Policy",
    "aws:appautoscaling/scheduledAction:ScheduledAction",
    "aws:appautoscaling/target:Target",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:pipes/pipe:Pipe",
    "aws:sfn/stateMachine:StateMachine",
]

#: What the creators read of AWS's answers.
ANSWERS: dict[str, Any] = {
    "put_scaling_policy": {"PolicyARN": "arn"},
    "describe_scheduled_actions": {"ScheduledActions": [{"ScheduledActionARN": "arn"}]},
    "describe_alarms": {"MetricAlarms": [{"AlarmArn": "arn"}]},
    "get_dashboard": {"DashboardArn": "arn"},
    "put_rule": {"RuleArn": "arn"},
    "create_pipe": {"Arn": "arn"},
    "create_state_machine": {"stateMachineArn": "arn"},
}


@functools.cache
def service_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


class ValidatingClient:
    """Checks each request against AWS's model of the service, and sends none."""

    def __init__(self, service: str) -> None:
        self._model = service_model(service)
        self._operations = {xform_name(name): name for name in self._model.operation_names}
        self.validated: list[str] = []

    def __getattr__(self, method: str) -> Any:
        shape = self._model.operation_model(self._operations[method]).input_shape

        def call(**parameters: Any) -> Any:
            report = ParamValidator().validate(parameters, shape)
            assert not report.has_errors(), f"{method}: {report.generate_report()}"
            self.validated.append(method)
            return ANSWERS.get(method, {})

        return call


class ValidatingAws:
    """Stands for the account that creators create in."""

    def __init__(self) -> None:
        self.clients: dict[str, ValidatingClient] = {}

    def client(self, service: str) -> ValidatingClient:
        return self.clients.setdefault(service, ValidatingClient(service))


def any_settings(seed: int) -> dict[str, Any]:
    """Settings drawn at random from all that is allowed; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - the same cases in every run
    latency = draw.randint(1, 86_400)
    max_count = draw.choice([1, 2, 20, 200, 5_000])
    settings = {
        "scaling": draw.choice(["steady", "bursty", "batch"]),
        "acceptable_latency_seconds": latency,
        "message_processing_seconds": min(latency, draw.choice([0.001, 0.3, 7, 43_200])),
        "concurrency": draw.randint(1, 1_000),
        "max_count": max_count,
        "min_count": draw.choice([0, 1]),
        "fast_scaling": draw.random() < 0.5,
        "scale_in_after_seconds": 60 * draw.randint(5, 60),
        "dead_letter_alarm_messages": draw.choice([0, 1, 1_000_000]),
        "age_alarm_minutes": draw.choice([1, 1_440]),
        "rollback_alarms": [],
        "no_consumer_alarm_minutes": draw.choice([0, 1, 1_440]),
        "alarm_topic_arn": "arn:aws:sns:eu-west-1:111122223333:alarms",
        "tags": {"team": "orders"},
    }
    if draw.random() < 0.5:
        bounds = {"min_count": 0, "max_count": max_count, "timezone": "Europe/Berlin"}
        settings["schedules"] = {"night": {"schedule": "cron(0 20 ? * MON-FRI *)", **bounds}}
    settings["fast_wake"] = settings["min_count"] == 0 and "schedules" not in settings
    return settings


@pytest.mark.parametrize(
    "settings",
    [{}, {"scaling": "proton"}, *map(any_settings, range(8))],
    ids=lambda settings: settings.get("scaling", "default"),
)
def test_every_request_is_valid(settings: dict[str, Any]) -> None:
    aws: Any = ValidatingAws()
    resources = [resource for resource in deployed(**settings).resources if resource.type in TYPES]

    for resource in resources:
        CREATORS[resource.type](aws, Resource(resource.type, resource.name, resource.inputs))

    sent = [method for client in aws.clients.values() for method in client.validated]
    alarms = [resource for resource in resources if resource.type.endswith(":MetricAlarm")]
    assert sent.count("put_metric_alarm") == len(alarms) > 0
    assert sent.count("create_pipe") == sent.count("create_state_machine") == int(settings.get("fast_wake", False))
    assert {"put_scaling_policy", "register_scalable_target", "put_metric_filter"} <= set(sent)
