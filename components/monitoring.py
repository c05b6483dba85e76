"""Monitoring: the alarm on failing tasks, and the dashboard of a service."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.alarm_definitions import Watched, failed_tasks_pattern, task_failure_alarm
from components.arns import last_segment, place_of
from components.dashboard import dashboard_body
from components.documents import document
from components.metric_alarm import metric_alarm
from components.scaling_settings import ScalingSettings


class MonitoringArgs(TypedDict):
    """Arguments of Monitoring."""

    watched: Watched
    """Topic, queues and log."""
    service_name: pulumi.Input[str]
    """The ECS service."""
    task_failure_alarm_tasks: int
    """Failed tasks within ten minutes that a person should know of; 0 for no alarm."""
    topic_arns: Sequence[pulumi.Input[str]]
    """Topics that are told when the alarm goes off and when it is over."""
    dashboard: bool
    """Whether to make the dashboard."""
    scaling: ScalingSettings
    """How the service scales."""
    usd_per_task_hour: float
    """Price of a task."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of rule and alarm."""


class Monitoring(pulumi.ComponentResource):
    """What a person looks at, and is told, of a service that exists."""

    dashboard_url: pulumi.Output[str]
    """Address of the dashboard in the console; empty without one."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:Monitoring", name, {}, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        if args["task_failure_alarm_tasks"] > 0:
            self._watch_tasks(name, args)
        self.dashboard_url = self._make_dashboard(name, args) if args["dashboard"] else pulumi.Output.from_input("")
        self.register_outputs({"dashboard_url": self.dashboard_url})

    def _watch_tasks(self, name: str, args: MonitoringArgs) -> None:
        watched, service_name = args["watched"], args["service_name"]
        # No target: CloudWatch counts how often a rule matches, and the alarm reads that count.
        rule = aws.cloudwatch.EventRule(
            f"{name}-failed-tasks",
            description=f"Tasks of the worker service {name} that crashed or could not start",
            event_pattern=document(failed_tasks_pattern, cluster_arn=watched.cluster_arn, service_name=service_name),
            tags=args["tags"],
            opts=self._child,
        )
        metric_alarm(
            f"{name}-task-failure-alarm",
            task_failure_alarm(watched, service_name, rule.name, args["task_failure_alarm_tasks"]),
            alarm_actions=args["topic_arns"],
            ok_actions=args["topic_arns"],
            tags=args["tags"],
            opts=self._child,
        )

    def _make_dashboard(self, name: str, args: MonitoringArgs) -> pulumi.Output[str]:
        watched, scaling = args["watched"], args["scaling"]
        cluster_arn = pulumi.Output.from_input(watched.cluster_arn)
        region = cluster_arn.apply(lambda arn: place_of(arn).region)
        dashboard = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            # Dashboards have no generated names, so this one names project and stack too.
            dashboard_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            dashboard_body=document(
                dashboard_body,
                region=region,
                topic_name=watched.topic_name,
                queue_name=watched.queue_name,
                dead_letter_queue_name=watched.dead_letter_queue_name,
                cluster_name=cluster_arn.apply(last_segment),
                service_name=args["service_name"],
                acceptable_latency_seconds=scaling.acceptable_latency_seconds,
                min_count=scaling.min_count,
                max_count=scaling.max_count,
                demand_expression=None if scaling.demand is None else scaling.demand.expression(1, published=False),
                usd_per_task_hour=args["usd_per_task_hour"],
            ),
            opts=self._child,
        )
        return pulumi.Output.format(
            "https://{0}.console.aws.amazon.com/cloudwatch/home?region={0}#dashboards/dashboard/{1}",
            region,
            dashboard.dashboard_name,
        )
