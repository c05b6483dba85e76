"""AWS's forecast as a WorkerService asks for it."""

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from tests.support.deploy import Deployment
from tests.support.worker_service import deployed

POLICY = "aws:appautoscaling/policy:Policy"
NAME = "orders-predictive-policy"


def configuration(deployment: Deployment) -> dict[str, Any]:
    return deployment.one(POLICY, NAME).inputs["predictiveScalingPolicyConfiguration"]


def specification(deployment: Deployment) -> dict[str, Any]:
    [only] = configuration(deployment)["metricSpecifications"]
    return only


def value_of(metrics: dict[str, Any]) -> str:
    [value] = [query for query in metrics["metricDataQueries"] if query["returnData"]]
    return value["expression"]


def read_by(metrics: dict[str, Any]) -> list[tuple[str, str, str]]:
    stats = [query["metricStat"] for query in metrics["metricDataQueries"] if not query["returnData"]]
    return [(stat["metric"]["namespace"], stat["metric"]["metricName"], stat["stat"]) for stat in stats]


def test_nothing_is_forecast_unless_it_is_asked_for():
    assert NAME not in {policy.name for policy in deployed().all(POLICY)}


@pytest.mark.parametrize(
    ("asked", "mode"), [("forecast_only", "ForecastOnly"), ("forecast_and_scale", "ForecastAndScale")]
)
def test_a_forecast_is_looked_at_or_raises_the_minimum(asked: str, mode: str):
    deployment = deployed(predictive_scaling=asked)
    policy = deployment.one(POLICY, NAME).inputs

    assert policy["policyType"] == "PredictiveScaling"
    assert policy["resourceId"] == deployment.one("aws:appautoscaling/target:Target").inputs["resourceId"]
    assert configuration(deployment)["mode"] == mode


def test_the_load_is_the_work_that_was_sent_and_the_target_what_a_process_should_hold():
    found = specification(
        deployed(predictive_scaling="forecast_only", message_processing_seconds=2, concurrency=4, processes=3)
    )
    load, scaling = found["customizedLoadMetricSpecification"], found["customizedScalingMetricSpecification"]

    assert read_by(load) == [("AWS/SQS", "NumberOfMessagesSent", "Sum")]
    assert value_of(load) == "s0 * 2.000000"
    assert read_by(scaling) == [("WorkerService", "MessagesInFlight", "Average")]
    assert value_of(scaling) == "SUM([h0])"
    # 80 % of the four that a process handles: each of the three writes its own value.
    assert found["targetValue"] == "3.2"


def test_the_work_of_several_queues_is_one_load():
    found = specification(
        deployed(
            predictive_scaling="forecast_and_scale",
            scaling="batch",
            batch_size=10,
            queues={"bulk": {"message_processing_seconds": 30}},
        )
    )

    assert value_of(found["customizedLoadMetricSpecification"]) == "s0 * 1.000000 + s1 * 30.000000"
    assert value_of(found["customizedScalingMetricSpecification"]) == "SUM([h0, h1])"
    assert found["targetValue"] == "90"


def test_aws_takes_the_request():
    declared = deployed(predictive_scaling="forecast_and_scale").one(POLICY, NAME).inputs
    request = {api_name(key): api_value(value) for key, value in declared.items()}
    shape = botocore.session.get_session().get_service_model("application-autoscaling")
    report = ParamValidator().validate(
        {"PolicyName": NAME, **request}, shape.operation_model("PutScalingPolicy").input_shape
    )

    assert not report.has_errors(), report.generate_report()


def api_name(key: str) -> str:
    return key[0].upper() + key[1:]


def api_value(value: Any) -> Any:
    """As the provider sends it: the target is a number there."""
    if isinstance(value, dict):
        return {api_name(key): float(item) if key == "targetValue" else api_value(item) for key, item in value.items()}
    return [api_value(item) for item in value] if isinstance(value, list) else value
