"""Creates Application Auto Scaling resources."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

_SCALABLE = {
    "serviceNamespace": "ServiceNamespace",
    "resourceId": "ResourceId",
    "scalableDimension": "ScalableDimension",
}
_TARGET = {**_SCALABLE, "minCapacity": "MinCapacity", "maxCapacity": "MaxCapacity"}
_POLICY = {**_SCALABLE, "policyType": "PolicyType"}


def target(aws: Aws, resource: Resource) -> Outputs:
    """aws:appautoscaling/target:Target."""
    created = aws.client("application-autoscaling").register_scalable_target(
        **resource.given(_TARGET), Tags=resource.tags()
    )
    return {"id": resource.inputs["resourceId"], "arn": created.get("ScalableTargetARN", "")}


def policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:appautoscaling/policy:Policy, of target tracking."""
    name = resource.physical_name()
    created = aws.client("application-autoscaling").put_scaling_policy(
        PolicyName=name,
        TargetTrackingScalingPolicyConfiguration=_pascal_keys(
            resource.inputs["targetTrackingScalingPolicyConfiguration"]
        ),
        **resource.given(_POLICY),
    )
    return {"id": name, "name": name, "arn": created["PolicyARN"], "alarmArns": []}


def _pascal_keys(value: Any) -> Any:
    """The provider spells these names as the API does, but for the first letter."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _pascal_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_pascal_keys(item) for item in value]
    return value
