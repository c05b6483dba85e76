"""What the program declares of scaling and alarms is created in the emulator and read back equal.

boto3 checks each request against AWS's own model before it is sent, so a request that is read back was a valid one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.provisioner import provision
from tests.support.deploy import Deployment, deploy

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"

#: Between them: every preset, and every resource of scaling and alarms.
CONFIGS: dict[str, dict[str, Any]] = {
    "steady": {},
    "to_zero": {
        "scaling": "bursty",
        "min_count": 0,
        "max_count": 5000,
        "fast_scaling": True,
        "fast_wake": True,
        "scale_in_protection": True,
        "alarm_email": "ops@example.com",
    },
    "batch": {
        "scaling": "batch",
        "message_processing_seconds": "0.001",
        "acceptable_latency_seconds": 86_400,
        "concurrency": 1000,
        "scale_in_after_seconds": 3600,
        "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:alarms",
        "schedules": {
            "night": {
                "schedule": "cron(0 20 ? * MON-FRI *)",
                "timezone": "Europe/Berlin",
                "min_count": 0,
                "max_count": 0,
            },
            "day": {"schedule": "rate(1 day)", "min_count": 1, "max_count": 9},
        },
    },
    "proton": {"scaling": "proton"},
}


@dataclass(frozen=True)
class Both:
    """One program with one config: as it is declared, and as the emulator has it."""

    declared: Deployment
    aws: Aws

    def by_logical_name(self, existing: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
        """What exists by logical name: Pulumi's physical names add a hyphen and seven digits."""
        return {item[key][:-8]: item for item in existing}


@pytest.fixture(scope="module", params=CONFIGS)
def both(request: pytest.FixtureRequest) -> Iterator[Both]:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    config = {key: item["default"] for key, item in declared.items()}
    config |= {"image": "worker:1", **CONFIGS[request.param]}
    texts = {
        f"worker-service:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in config.items()
    }
    with Emulator() as emulator:
        aws = Aws(emulator.endpoint_url, REGION, ADMIN_CREDENTIALS)
        provision(
            ROOT / "__main__.py",
            project="worker-service",
            stack="test",
            config=texts,
            aws=aws,
            on_created=lambda _created: None,
        )
        yield Both(deploy(ROOT / "__main__.py", config=config), aws)


def api_name(name: str) -> str:
    return name[0].upper() + name[1:]


def api_value(value: Any, convert: Callable[[str, Any], Any] = lambda _key, item: item) -> Any:
    """The value as the API spells it."""
    if isinstance(value, dict):
        return {api_name(key): convert(key, api_value(item, convert)) for key, item in value.items()}
    if isinstance(value, list):
        return [api_value(item, convert) for item in value]
    return value


def test_the_target_and_its_bounds(both: Both) -> None:
    declared = both.declared.one("aws:appautoscaling/target:Target").inputs
    client = both.aws.client("application-autoscaling")
    [target] = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]

    assert (target["MinCapacity"], target["MaxCapacity"]) == (declared["minCapacity"], declared["maxCapacity"])
    assert target["ScalableDimension"] == declared["scalableDimension"]


def test_the_policies(both: Both) -> None:
    declared = {policy.name: policy.inputs for policy in both.declared.all("aws:appautoscaling/policy:Policy")}
    client = both.aws.client("application-autoscaling")
    existing = both.by_logical_name(
        client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"], "PolicyName"
    )

    def bound(key: str, value: Any) -> Any:
        return float(value) if key.startswith("metricInterval") else value

    assert set(existing) == set(declared)
    for name, inputs in declared.items():
        assert existing[name]["PolicyType"] == inputs["policyType"]
        for key in ("stepScalingPolicyConfiguration", "targetTrackingScalingPolicyConfiguration"):
            assert existing[name].get(api_name(key)) == (api_value(inputs[key], bound) if key in inputs else None)


def test_what_wakes_it(both: Both) -> None:
    machines = {machine.name: machine.inputs for machine in both.declared.all("aws:sfn/stateMachine:StateMachine")}
    existing = both.by_logical_name(both.aws.client("stepfunctions").list_state_machines()["stateMachines"], "name")
    pipes = both.by_logical_name(both.aws.client("pipes").list_pipes()["Pipes"], "Name")

    assert {name: found["type"] for name, found in existing.items()} == dict.fromkeys(machines, "EXPRESS")
    assert set(pipes) == {pipe.name for pipe in both.declared.all("aws:pipes/pipe:Pipe")}
    for pipe in pipes.values():
        assert pipe["Target"] in {found["stateMachineArn"] for found in existing.values()}


def test_the_schedules(both: Both) -> None:
    actions = both.declared.all("aws:appautoscaling/scheduledAction:ScheduledAction")
    client = both.aws.client("application-autoscaling")
    existing = both.by_logical_name(
        client.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"], "ScheduledActionName"
    )

    assert set(existing) == {action.name for action in actions}
    for action in actions:
        found = existing[action.name]
        assert found["Schedule"] == action.inputs["schedule"]
        assert found.get("Timezone") == action.inputs.get("timezone")
        assert found["ScalableTargetAction"] == api_value(action.inputs["scalableTargetAction"])


def test_the_alarms(both: Both) -> None:
    alarms = both.declared.all("aws:cloudwatch/metricAlarm:MetricAlarm")
    existing = both.by_logical_name(existing_alarms(both.aws), "AlarmName")

    assert set(existing) == {alarm.name for alarm in alarms}
    for alarm in alarms:
        found, inputs = existing[alarm.name], alarm.inputs
        for key in ("comparisonOperator", "evaluationPeriods", "datapointsToAlarm", "threshold", "treatMissingData"):
            assert found[api_name(key)] == inputs[key], (alarm.name, key)
        assert len(found["AlarmActions"]) == len(inputs["alarmActions"])
        assert len(found["OKActions"]) == len(inputs["okActions"])
        assert [shape(query) for query in found["Metrics"]] == [declared_shape(q) for q in inputs["metricQueries"]]


def existing_alarms(aws: Aws) -> list[dict[str, Any]]:
    """The program's alarms, without those that Application Auto Scaling makes for target tracking."""
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return [alarm for alarm in alarms if not alarm["AlarmName"].startswith("TargetTracking-")]


def test_a_scaling_alarm_starts_its_own_policy(both: Both) -> None:
    client = both.aws.client("application-autoscaling")
    policies = {
        policy["PolicyARN"]: policy["PolicyName"][:-8]
        for policy in client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    }
    alarms = both.by_logical_name(existing_alarms(both.aws), "AlarmName")
    scaling = {name: alarm for name, alarm in alarms.items() if name.startswith("worker-scaling-")}

    assert scaling
    for name, alarm in scaling.items():
        assert [policies[action] for action in alarm["AlarmActions"]] == [
            f"worker-{name.removeprefix('worker-scaling-')}-policy"
        ]


def without_suffix(name: str) -> str:
    """Names of queues, topics and rules differ between the two runs in their last seven digits."""
    return name[:-8] if name.startswith("worker-") else name


def shape(query: dict[str, Any]) -> tuple[Any, ...]:
    if "Expression" in query:
        return (query["Id"], query["Expression"], query["ReturnData"])
    metric = query["MetricStat"]["Metric"]
    dimensions = {item["Name"]: without_suffix(item["Value"]) for item in metric["Dimensions"]}
    stat = query["MetricStat"]
    return (query["Id"], metric["MetricName"], dimensions, stat["Period"], stat["Stat"], query["ReturnData"])


def declared_shape(query: dict[str, Any]) -> tuple[Any, ...]:
    if "expression" in query:
        return (query["id"], query["expression"], query["returnData"])
    metric = query["metric"]
    dimensions = {name: without_suffix(value) for name, value in metric["dimensions"].items()}
    return (query["id"], metric["metricName"], dimensions, metric["period"], metric["stat"], query["returnData"])


def test_the_filter_the_rule_and_the_dashboard(both: Both) -> None:
    pattern = both.declared.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs["pattern"]
    body = json.loads(both.declared.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"])
    rule = json.loads(both.declared.one("aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"])
    dashboard = both.aws.client("cloudwatch").get_dashboard(DashboardName="worker-service-test-worker")
    [existing_filter] = both.aws.client("logs").describe_metric_filters()["metricFilters"]
    [existing_rule] = both.aws.client("events").list_rules()["Rules"]
    existing_pattern = json.loads(existing_rule["EventPattern"])

    assert existing_filter["filterPattern"] == pattern
    titles = [widget["properties"]["title"] for widget in json.loads(dashboard["DashboardBody"])["widgets"]]
    assert titles == [widget["properties"]["title"] for widget in body["widgets"]]
    [group] = existing_pattern["detail"]["group"]
    assert group.startswith("service:worker-service-")
    for pattern_here in (existing_pattern, rule):
        # ARNs and names differ by their random parts.
        assert [pattern_here["detail"].pop(key, None) for key in ("clusterArn", "group")] != [None, None]
    assert existing_pattern == rule


def test_alarms_by_e_mail_have_a_topic_of_their_own(both: Both) -> None:
    subscriptions = both.aws.client("sns").list_subscriptions()["Subscriptions"]
    wanted = [
        (item.inputs["protocol"], item.inputs["endpoint"])
        for item in both.declared.all("aws:sns/topicSubscription:TopicSubscription")
        if item.inputs["protocol"] == "email"
    ]

    assert [(s["Protocol"], s["Endpoint"]) for s in subscriptions if s["Protocol"] == "email"] == wanted
