"""Reads and deletes Application Auto Scaling resources; to change one is to put it again."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.provisioner.autoscaling import SCALABLE


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
    policies = aws.client("application-autoscaling").describe_scaling_policies(PolicyNames=[thing.id], **_place(thing))[
        "ScalingPolicies"
    ]
    policy = found(policies)
    return {"name": thing.id, "arn": policy["PolicyARN"], "policyType": policy["PolicyType"]}


def _read_scheduled_action(aws: Aws, thing: Thing) -> Properties:
    actions = aws.client("application-autoscaling").describe_scheduled_actions(
        ScheduledActionNames=[thing.known["name"]], **_place(thing)
    )["ScheduledActions"]
    action = found(actions)
    return {"name": action["ScheduledActionName"], "schedule": action["Schedule"]}


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
