"""Creates Application Auto Scaling resources."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

SCALABLE = {
    "serviceNamespace": "ServiceNamespace",
    "resourceId": "ResourceId",
    "scalableDimension": "ScalableDimension",
}
_TARGET = {**SCALABLE, "minCapacity": "MinCapacity", "maxCapacity": "MaxCapacity"}
_POLICY = {**SCALABLE, "policyType": "PolicyType"}
POLICY_CONFIGURATIONS = {
    "stepScalingPolicyConfiguration": "StepScalingPolicyConfiguration",
    "targetTrackingScalingPolicyConfiguration": "TargetTrackingScalingPolicyConfiguration",
}
PREDICTIVE = "PredictiveScaling"


def target(aws: Aws, resource: Resource) -> Outputs:
    """aws:appautoscaling/target:Target."""
    created = aws.client("application-autoscaling").register_scalable_target(
        **resource.given(_TARGET), Tags=resource.tags()
    )
    return {"id": resource.inputs["resourceId"], "arn": created.get("ScalableTargetARN", "")}


def policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:appautoscaling/policy:Policy, of steps or of target tracking. A forecast is taken and not kept: moto knows
    none, and nothing in the box is forecast."""
    name = resource.physical_name()
    if resource.inputs["policyType"] == PREDICTIVE:
        return {"id": name, "name": name, "arn": "", "alarmArns": []}
    configurations = {
        name: _pascal_keys(resource.inputs[key])
        for key, name in POLICY_CONFIGURATIONS.items()
        if key in resource.inputs
    }
    for step in configurations.get("StepScalingPolicyConfiguration", {}).get("StepAdjustments", []):
        # The provider takes the bounds as text, where "no bound" can be told from 0.
        step.update({key: float(bound) for key, bound in step.items() if key.startswith("MetricInterval")})
    created = aws.client("application-autoscaling").put_scaling_policy(
        PolicyName=name, **configurations, **resource.given(_POLICY)
    )
    return {"id": name, "name": name, "arn": created["PolicyARN"], "alarmArns": []}


def scheduled_action(aws: Aws, resource: Resource) -> Outputs:
    """aws:appautoscaling/scheduledAction:ScheduledAction."""
    client, name = aws.client("application-autoscaling"), resource.physical_name()
    client.put_scheduled_action(
        ScheduledActionName=name,
        ScalableTargetAction=_pascal_keys(resource.inputs["scalableTargetAction"]),
        **resource.given({**SCALABLE, "schedule": "Schedule", "timezone": "Timezone"}),
    )
    described = client.describe_scheduled_actions(
        ServiceNamespace=resource.inputs["serviceNamespace"], ScheduledActionNames=[name]
    )
    [action] = described["ScheduledActions"]
    return {"id": name, "name": name, "arn": action["ScheduledActionARN"]}


def _pascal_keys(value: Any) -> Any:
    """The provider spells these names as the API does, but for the first letter."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _pascal_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_pascal_keys(item) for item in value]
    return value
