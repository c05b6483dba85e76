"""Scaling: how many tasks a service runs."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.arns import last_segment

#: Mean CPU use, in percent, that scaling holds: AWS Proton's worker template.
CPU_TARGET_PERCENT = 50


class ScalingArgs(TypedDict):
    """Arguments of Scaling."""

    cluster_arn: pulumi.Input[str]
    """Cluster of the service."""
    service_name: pulumi.Input[str]
    """Service to scale."""
    min_count: int
    """Fewest tasks, 1 to 5,000."""
    max_count: int
    """Most tasks, 1 to 5,000."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of the scalable target."""


class Scaling(pulumi.ComponentResource):
    """Application Auto Scaling of an ECS service, by its CPU use."""

    def __init__(self, name: str, args: ScalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:Scaling", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster_name = pulumi.Output.from_input(args["cluster_arn"]).apply(last_segment)

        target = aws.appautoscaling.Target(
            f"{name}-scalable-target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.format("service/{0}/{1}", cluster_name, args["service_name"]),
            min_capacity=args["min_count"],
            max_capacity=args["max_count"],
            tags=args["tags"],
            opts=child,
        )
        aws.appautoscaling.Policy(
            f"{name}-cpu-policy",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
                "target_value": CPU_TARGET_PERCENT,
            },
            opts=child,
        )
        self.register_outputs({})
