"""Scaling as a WorkerService declares it: policies, their alarms, schedules, and what tasks may and are told."""

import json
from typing import Any

import pytest

from tests.support.deploy import Deployment, Resource
from tests.support.worker_service import CLUSTER_ARN, deployed
from worker_simulate.cloud.metric_math import Value, evaluate

TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
SCHEDULE = "aws:appautoscaling/scheduledAction:ScheduledAction"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def names(deployment: Deployment, type_: str) -> list[str]:
    return [resource.name for resource in deployment.all(type_)]


def steps_of(deployment: Deployment, name: str) -> dict[str, Any]:
    return deployment.one(POLICY, name).inputs["stepScalingPolicyConfiguration"]


def scaling_alarms(deployment: Deployment) -> list[Resource]:
    return [alarm for alarm in deployment.all(ALARM) if "-scaling-" in alarm.name]


def metrics_of(alarm: Resource) -> dict[str, tuple[str, str, str, int]]:
    """What the alarm reads by id: queue, metric, statistic and period."""
    found = {}
    for query in alarm.inputs["metricQueries"]:
        if metric := query.get("metric"):
            found[query["id"]] = (
                metric["dimensions"]["QueueName"],
                metric["metricName"],
                metric["stat"],
                metric["period"],
            )
    return found


def value_of(alarm: Resource) -> str:
    [value] = [query for query in alarm.inputs["metricQueries"] if query["returnData"]]
    return value.get("expression") or value["id"]


def environment(deployment: Deployment) -> dict[str, str]:
    inputs = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    [container] = json.loads(inputs["containerDefinitions"])
    return {item["name"]: item["value"] for item in container["environment"]}


def statements(deployment: Deployment, name: str) -> dict[str, Any]:
    document = json.loads(deployment.one(ROLE_POLICY, name).inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def service_name(deployment: Deployment) -> str:
    return deployment.one(TARGET).inputs["resourceId"].split("/")[-1]


def queue_name(deployment: Deployment) -> str:
    return environment(deployment)["QUEUE_NAME"]


def test_the_target_is_the_services_count_between_the_bounds():
    target = deployed(min_count=2, desired_count=2, max_count=7).one(TARGET).inputs

    assert (target["minCapacity"], target["maxCapacity"]) == (2, 7)
    assert target["serviceNamespace"] == "ecs"
    assert target["scalableDimension"] == "ecs:service:DesiredCount"
    assert target["resourceId"].startswith("service/workers/orders-service-")


def test_scaling_is_a_demand_and_a_quiet_policy_on_the_one_target():
    deployment = deployed()
    target = deployment.one(TARGET).inputs

    assert names(deployment, POLICY) == ["orders-demand-policy", "orders-quiet-policy"]
    for policy in deployment.all(POLICY):
        assert policy.inputs["policyType"] == "StepScaling"
        assert policy.inputs["resourceId"] == target["resourceId"]
    assert names(deployment, SCHEDULE) == []


def test_the_demand_policy_sets_the_number_of_tasks():
    assert steps_of(deployed(max_count=3), "orders-demand-policy") == {
        "adjustmentType": "ExactCapacity",
        "metricAggregationType": "Maximum",
        "cooldown": 60,
        "stepAdjustments": [
            {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "1", "scalingAdjustment": 1},
            {"metricIntervalLowerBound": "1", "metricIntervalUpperBound": "2", "scalingAdjustment": 2},
            {"metricIntervalLowerBound": "2", "scalingAdjustment": 3},
        ],
    }


def test_the_quiet_policy_halves_an_idle_fleet():
    assert steps_of(deployed(), "orders-quiet-policy") == {
        "adjustmentType": "PercentChangeInCapacity",
        "metricAggregationType": "Maximum",
        "minAdjustmentMagnitude": 1,
        "cooldown": 120,
        "stepAdjustments": [{"metricIntervalUpperBound": "0", "scalingAdjustment": -50}],
    }


def test_the_demand_alarm_asks_for_tasks_by_the_inputs():
    deployment = deployed(acceptable_latency_seconds=60, message_processing_seconds=2, concurrency=4)
    alarm = deployment.one(ALARM, "orders-scaling-demand")
    queue = queue_name(deployment)

    assert metrics_of(alarm) == {
        "v0": (queue, "ApproximateNumberOfMessagesVisible", "Maximum", 600),
        "n0": (queue, "ApproximateNumberOfMessagesNotVisible", "Average", 600),
    }
    assert value_of(alarm) == "CEIL(v0 * 0.008333333333 + n0 * 0.3125)"
    assert alarm.inputs["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm.inputs["threshold"] == 1


def test_the_quiet_alarm_needs_a_whole_window_without_any_message():
    deployment = deployed()
    alarm = deployment.one(ALARM, "orders-scaling-quiet")
    queue = queue_name(deployment)

    assert metrics_of(alarm) == {
        "v0": (queue, "ApproximateNumberOfMessagesVisible", "Maximum", 600),
        "n0": (queue, "ApproximateNumberOfMessagesNotVisible", "Maximum", 600),
    }
    assert value_of(alarm) == "v0 + n0"
    assert alarm.inputs["comparisonOperator"] == "LessThanOrEqualToThreshold"
    assert alarm.inputs["threshold"] == 0


@pytest.mark.parametrize("args", [{}, {"fast_scaling": True}, {"scaling": "proton"}])
def test_a_scaling_alarm_starts_its_policy_on_one_data_point_and_none_when_data_is_missing(args: dict[str, Any]):
    deployment = deployed(**args)

    assert scaling_alarms(deployment)
    for alarm in scaling_alarms(deployment):
        suffix = alarm.name.removeprefix("orders-scaling-")
        [action] = alarm.inputs["alarmActions"]
        assert f":policyName/orders-{suffix}-policy-" in action
        assert alarm.inputs["okActions"] == []
        assert (alarm.inputs["evaluationPeriods"], alarm.inputs["datapointsToAlarm"]) == (1, 1)
        assert alarm.inputs["treatMissingData"] == "missing"


@pytest.mark.parametrize(
    ("args", "window_seconds", "per_in_flight"),
    [
        ({}, 600, "0.125"),
        ({"scaling": "bursty"}, 300, "0.125"),
        ({"scaling": "batch"}, 900, "0.1111111111"),
        ({"scaling": "batch", "scale_in_after_seconds": 1_200}, 1_200, "0.1111111111"),
    ],
)
def test_a_preset_is_a_window_and_a_busy_share(args: dict[str, Any], window_seconds: int, per_in_flight: str):
    deployment = deployed(**args)

    for alarm in scaling_alarms(deployment):
        assert {metric[3] for metric in metrics_of(alarm).values()} == {window_seconds}
    assert value_of(deployment.one(ALARM, "orders-scaling-demand")).endswith(f"+ n0 * {per_in_flight})")


def test_the_same_concurrency_is_counted_with_and_told_to_the_worker():
    deployment = deployed(concurrency=25)

    assert environment(deployment)["WORKER_CONCURRENCY"] == "25"
    assert value_of(deployment.one(ALARM, "orders-scaling-demand")).endswith("+ n0 * 0.04999999999)")


def test_processes_and_the_size_of_a_batch_are_counted_with_and_told_to_the_worker():
    deployment = deployed(concurrency=4, processes=2, batch_size=5)
    told = environment(deployment)

    assert (told["WORKER_CONCURRENCY"], told["WORKER_PROCESSES"], told["WORKER_BATCH_SIZE"]) == ("4", "2", "5")
    assert value_of(deployment.one(ALARM, "orders-scaling-demand")) == "CEIL(v0 * 0.0004166666666 + n0 * 0.03125)"


def test_without_a_size_batches_are_what_the_handler_says_and_count_as_one_message():
    deployment = deployed(concurrency=4)

    assert "WORKER_BATCH_SIZE" not in environment(deployment)
    assert environment(deployment)["WORKER_PROCESSES"] == "1"
    assert value_of(deployment.one(ALARM, "orders-scaling-demand")).endswith("+ n0 * 0.3125)")


@pytest.mark.parametrize(("window_seconds", "share"), [(600, "0.1199999999"), (1_200, "0.05999999999")])
def test_what_waits_for_a_later_try_may_be_left_out_of_the_demand(window_seconds: int, share: str):
    deployment = deployed(ignore_delayed_retries=True, concurrency=4, scale_in_after_seconds=window_seconds)
    demand = deployment.one(ALARM, "orders-scaling-demand")
    queue = queue_name(deployment)

    assert value_of(demand) == f"CEIL(v0 * 0.004166666666 + MIN([n0, h0 * {share}]) * 0.3125)"
    assert metrics_of(demand)["h0"] == (queue, "MessagesInFlight", "Sum", window_seconds)


def test_the_demand_of_fifo_queues_may_be_bounded_by_their_groups():
    deployment = deployed(limit_to_groups=True, fifo={"high_throughput": True}, queues={"bulk": {}}, concurrency=4)
    metrics = metrics_of(deployment.one(ALARM, "orders-scaling-demand"))

    groups = {id_: metric[1:3] for id_, metric in metrics.items() if id_.startswith("g")}
    assert groups == {"g0": ("ApproximateNumberOfGroupsWithInflightMessages", "Maximum")}
    assert "v1 * 0.004166666666 + n1 * 0.3125 + MIN([v0" in value_of(deployment.one(ALARM, "orders-scaling-demand"))


def test_at_a_minimum_of_0_a_task_polls_every_five_hours_so_that_metrics_stay_awake():
    deployment = deployed(min_count=0, desired_count=0)

    assert deployment.one(TARGET).inputs["minCapacity"] == 0
    assert deployment.one("aws:ecs/service:Service").inputs["desiredCount"] == 0
    actions = {action.name: action.inputs for action in deployment.all(SCHEDULE)}
    assert {name: (item["schedule"], item["scalableTargetAction"]) for name, item in actions.items()} == {
        "orders-keep-alive-begin": ("cron(0 0/5 * * ? *)", {"minCapacity": 1}),
        "orders-keep-alive-end": ("cron(5 0/5 * * ? *)", {"minCapacity": 0}),
    }


def test_schedules_set_both_bounds_in_their_time_zone_and_replace_the_keep_alive():
    deployment = deployed(
        min_count=0,
        schedules={
            "night": {
                "schedule": "cron(0 20 ? * MON-FRI *)",
                "timezone": "Europe/Berlin",
                "min_count": 0,
                "max_count": 0,
            },
            "day": {"schedule": "cron(0 6 ? * MON-FRI *)", "min_count": 2, "max_count": 9},
        },
    )
    target = deployment.one(TARGET).inputs

    assert names(deployment, SCHEDULE) == ["orders-schedule-day", "orders-schedule-night"]
    assert deployment.one(SCHEDULE, "orders-schedule-night").inputs == {
        "serviceNamespace": "ecs",
        "scalableDimension": "ecs:service:DesiredCount",
        "resourceId": target["resourceId"],
        "schedule": "cron(0 20 ? * MON-FRI *)",
        "timezone": "Europe/Berlin",
        "scalableTargetAction": {"minCapacity": 0, "maxCapacity": 0},
    }
    assert deployment.one(SCHEDULE, "orders-schedule-day").inputs["scalableTargetAction"] == {
        "minCapacity": 2,
        "maxCapacity": 9,
    }


@pytest.mark.parametrize(("scheduled", "highest"), [(50, 50), (9, 10)])
def test_a_schedule_may_raise_the_maximum_and_the_steps_go_as_far(scheduled: int, highest: int):
    peak = {"schedule": "cron(0 6 ? * MON-FRI *)", "min_count": 1, "max_count": scheduled}
    deployment = deployed(max_count=10, schedules={"peak": peak}, fast_scaling=True)

    for policy in ("orders-demand-policy", "orders-unmet-demand-policy"):
        assert steps_of(deployment, policy)["stepAdjustments"][-1]["scalingAdjustment"] == highest
    assert deployment.one(TARGET).inputs["maxCapacity"] == 10


@pytest.mark.parametrize(
    ("args", "percents"),
    [
        ({}, (100, 200)),
        ({"scaling": "proton"}, (50, 200)),
        ({"scaling": "proton", "minimum_healthy_percent": 100}, (100, 200)),
        ({"min_count": 4, "minimum_healthy_percent": 75, "maximum_percent": 125}, (75, 125)),
    ],
)
def test_a_deployment_has_the_room_that_goes_with_the_scaling(args: dict[str, Any], percents: tuple[int, int]):
    service = deployed(**args).one("aws:ecs/service:Service").inputs

    assert (service["deploymentMinimumHealthyPercent"], service["deploymentMaximumPercent"]) == percents


def test_proton_is_the_old_steps_and_the_old_cpu_policy():
    deployment = deployed(scaling="proton")
    queue = queue_name(deployment)
    lower, upper = (deployment.one(ALARM, f"orders-scaling-{name}") for name in ("lower", "upper"))
    cpu = deployment.one(POLICY, "orders-cpu-policy").inputs["targetTrackingScalingPolicyConfiguration"]

    assert names(deployment, POLICY) == ["orders-cpu-policy", "orders-lower-policy", "orders-upper-policy"]
    assert steps_of(deployment, "orders-lower-policy") == {
        "adjustmentType": "ChangeInCapacity",
        "metricAggregationType": "Maximum",
        "stepAdjustments": [{"metricIntervalUpperBound": "0", "scalingAdjustment": -1}],
    }
    assert steps_of(deployment, "orders-upper-policy") == {
        "adjustmentType": "ChangeInCapacity",
        "metricAggregationType": "Maximum",
        "stepAdjustments": [
            {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "400", "scalingAdjustment": 1},
            {"metricIntervalLowerBound": "400", "scalingAdjustment": 5},
        ],
    }
    for alarm in (lower, upper):
        assert metrics_of(alarm) == {"visible": (queue, "ApproximateNumberOfMessagesVisible", "Maximum", 300)}
    assert (lower.inputs["comparisonOperator"], lower.inputs["threshold"]) == ("LessThanOrEqualToThreshold", 0)
    assert (upper.inputs["comparisonOperator"], upper.inputs["threshold"]) == ("GreaterThanOrEqualToThreshold", 100)
    assert cpu["targetValue"] == 50
    assert "disableScaleIn" not in cpu


def test_fast_scaling_follows_what_tasks_publish_and_nothing_else_acts_while_they_do():
    deployment = deployed(fast_scaling=True, max_count=2)
    queue = queue_name(deployment)
    read = {
        name: metrics_of(deployment.one(ALARM, f"orders-scaling-{name}"))
        for name in ("demand", "unmet-demand", "quiet", "silent")
    }

    assert read == {
        "demand": {"demand": (queue, "Demand", "Maximum", 10)},
        "unmet-demand": {"unmet_demand": (queue, "UnmetDemand", "Maximum", 10)},
        "quiet": {"demand": (queue, "Demand", "Maximum", 10)},
        "silent": {
            "v0": (queue, "ApproximateNumberOfMessagesVisible", "Maximum", 60),
            "n0": (queue, "ApproximateNumberOfMessagesNotVisible", "Average", 60),
            "c": (queue, "Demand", "SampleCount", 60),
        },
    }
    assert names(deployment, POLICY) == [f"orders-{name}-policy" for name in sorted(read)]
    assert steps_of(deployment, "orders-unmet-demand-policy") == {
        "adjustmentType": "ExactCapacity",
        "metricAggregationType": "Maximum",
        "cooldown": 60,
        "stepAdjustments": [
            {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "1", "scalingAdjustment": 1},
            {"metricIntervalLowerBound": "1", "scalingAdjustment": 2},
        ],
    }
    for name in ("demand", "silent"):
        assert steps_of(deployment, f"orders-{name}-policy")["adjustmentType"] == "ExactCapacity"
    assert steps_of(deployment, "orders-quiet-policy")["stepAdjustments"] == [
        {"metricIntervalUpperBound": "0", "scalingAdjustment": -50}
    ]


@pytest.mark.parametrize(
    ("series", "acts"),
    [
        # No task runs, or none can publish.
        ({"v0": 1, "n0": 0, "c": None}, True),
        ({"v0": 10_000, "n0": 0, "c": None}, True),
        ({"v0": 0, "n0": 0, "c": None}, False),
        # A task publishes; SQS's metrics of the minute may not be there yet.
        ({"v0": 10_000, "n0": 80, "c": 1}, False),
        ({"v0": None, "n0": None, "c": 6}, False),
        # Nobody knows.
        ({"v0": None, "n0": None, "c": None}, False),
    ],
)
def test_sqs_metrics_wake_a_fleet_in_which_nobody_publishes(series: dict[str, Value], acts: bool):
    silent = deployed(fast_scaling=True).one(ALARM, "orders-scaling-silent")
    value = evaluate(value_of(silent), series)

    assert (value is not None and value >= silent.inputs["threshold"]) is acts


@pytest.mark.parametrize(
    ("args", "protected"),
    [
        ({"message_processing_seconds": 100, "acceptable_latency_seconds": 600}, False),
        ({"message_processing_seconds": 100.5, "acceptable_latency_seconds": 600}, True),
        ({"message_processing_seconds": 1, "scale_in_protection": True}, True),
    ],
)
def test_work_that_outlasts_a_stop_is_protected_by_itself(args: dict[str, Any], protected: bool):
    deployment = deployed(**args)

    assert environment(deployment)["WORKER_SCALE_IN_PROTECTION"] == ("true" if protected else "false")
    assert ("ProtectOwnTask" in statements(deployment, "orders-task-role-policy")) is protected


def test_fast_scaling_tells_tasks_how_to_count_and_lets_them_read_their_own_service_alone():
    deployment = deployed(fast_scaling=True, message_processing_seconds=2, concurrency=4)
    told = environment(deployment)
    allowed = statements(deployment, "orders-demand-role-policy")
    service_arn = f"arn:aws:ecs:eu-west-1:111122223333:service/workers/{service_name(deployment)}"

    assert told["WORKER_PUBLISH_DEMAND"] == "true"
    assert told["WORKER_DEMAND_PER_VISIBLE"] == "0.008333333333"
    assert told["WORKER_DEMAND_PER_IN_FLIGHT"] == "0.3125"
    assert told["WORKER_DEMAND_WINDOW_SECONDS"] == "600"
    assert {sid: (item["Action"], item["Resource"]) for sid, item in allowed.items()} == {
        "FindService": ("ecs:DescribeTasks", "arn:aws:ecs:eu-west-1:111122223333:task/workers/*"),
        "ReadDesiredCount": ("ecs:DescribeServices", service_arn),
    }


def test_without_fast_scaling_tasks_publish_nothing():
    deployment = deployed()

    assert not [name for name in environment(deployment) if "DEMAND" in name]
    assert "orders-demand-role-policy" not in names(deployment, ROLE_POLICY)


def test_scale_in_protection_is_told_to_the_worker_and_allowed_on_its_own_clusters_tasks():
    deployment = deployed(scale_in_protection=True)
    allowed = statements(deployment, "orders-task-role-policy")["ProtectOwnTask"]

    assert environment(deployment)["WORKER_SCALE_IN_PROTECTION"] == "true"
    assert allowed["Action"] == "ecs:UpdateTaskProtection"
    assert allowed["Resource"] == CLUSTER_ARN.replace("cluster/workers", "task/workers/*")


def test_without_scale_in_protection_tasks_may_not_ask_for_it():
    deployment = deployed()

    assert environment(deployment)["WORKER_SCALE_IN_PROTECTION"] == "false"
    assert "ProtectOwnTask" not in statements(deployment, "orders-task-role-policy")
