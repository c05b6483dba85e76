"""Reads and deletes Application Auto Scaling resources; to change one is to put it again."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.shapes import camel_keys
from local.provisioner.autoscaling import POLICY_CONFIGURATIONS, PREDICTIVE, SCALABLE


def _place(thing: Thing) -> dict[str, Any]:
    return {name: thing.known[key] for key, name in SCALABLE.items()}


def _read_target(aws: Aws, thing: Thing) -> Properties:
    place = _place(thing)
    targets = aws.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace=place["ServiceNamespace"],
        ResourceIds=[place["ResourceId"]],
        ScalableDimension=place["ScalableDimension"],
    )["ScalableTargets"]
    target = found(targets)
    return {"minCapacity": target["MinCapacity"], "maxCapacity": target["MaxCapacity"]}


def _read_policy(aws: Aws, thing: Thing) -> Properties:
    if thing.known.get("policyType") == PREDICTIVE:
        return {}  # taken and not kept
    policies = aws.client("application-autoscaling").describe_scaling_policies(**_place(thing))["ScalingPolicies"]
    # moto gives all of the service's, whichever is asked for.
    policy = found([policy for policy in policies if policy["PolicyName"] == thing.id])
    configurations = {key: camel_keys(policy[name]) for key, name in POLICY_CONFIGURATIONS.items() if name in policy}
    for step in configurations.get("stepScalingPolicyConfiguration", {}).get("stepAdjustments", []):
        # The provider has the bounds as text.
        step.update({key: f"{bound:g}" for key, bound in step.items() if key.startswith("metricInterval")})
    return {"name": thing.id, "arn": policy["PolicyARN"], "policyType": policy["PolicyType"], **configurations}


def _read_scheduled_action(aws: Aws, thing: Thing) -> Properties:
    actions = aws.client("application-autoscaling").describe_scheduled_actions(**_place(thing))["ScheduledActions"]
    action = found([action for action in actions if action["ScheduledActionName"] == thing.known["name"]])
    return {
        "name": action["ScheduledActionName"],
        "schedule": action["Schedule"],
        "scalableTargetAction": camel_keys(action["ScalableTargetAction"]),
        **({"timezone": action["Timezone"]} if "Timezone" in action else {}),
    }


def _delete_policy(aws: Aws, thing: Thing) -> None:
    aws.client("application-autoscaling").delete_scaling_policy(PolicyName=thing.id, **_place(thing))


def _delete_scheduled_action(aws: Aws, thing: Thing) -> None:
    aws.client("application-autoscaling").delete_scheduled_action(
        ScheduledActionName=thing.known["name"], **_place(thing)
    )


KINDS = {
    "aws:appautoscaling/policy:Policy": Kind(_read_policy, _delete_policy),
    "aws:appautoscaling/scheduledAction:ScheduledAction": Kind(_read_scheduled_action, _delete_scheduled_action),
    "aws:appautoscaling/target:Target": Kind(
        _read_target,
        lambda aws, thing: aws.client("application-autoscaling").deregister_scalable_target(**_place(thing)),
        # moto has no calls for its tags: they come with what registers it again.
    ),
}
