"""Monitoring: the alarm on failing tasks, and the dashboard of a service."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from worker_service.inputs.arns import last_segment, place_of
from worker_service.inputs.names import stack_wide_name
from worker_service.inputs.partitions import console_url
from worker_service.policies.document import document
from worker_service.service.alarms.queue_alarms import failed_tasks_pattern, task_failure_alarm
from worker_service.service.alarms.watched import Watched
from worker_service.service.metrics.metric_alarm import metric_alarm
from worker_service.service.monitoring.dashboard_body import dashboard_body
from worker_service.service.scaling.scaling_settings import ScalingSettings


class Monitoring(pulumi.ComponentResource):
    """What a person looks at, and is told, of a service that exists."""

    dashboard_url: pulumi.Output[str]
    """Address of the dashboard in the console; empty without one."""

    def __init__(
        self,
        name: str,
        *,
        watched: Sequence[Watched],
        service_name: pulumi.Input[str],
        task_failure_alarm_tasks: int,
        topic_arns: Sequence[pulumi.Input[str]],
        dashboard: bool,
        scaling: ScalingSettings,
        usd_per_task_hour: float,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`watched` are the queues with topics and log, the main one first; `topic_arns` are told when the alarm goes
        off and when it is over."""
        super().__init__("workers:index:Monitoring", name, {}, opts)
        self._name = name
        self._watched = watched[0]
        self._queues = watched
        self._service_name = service_name
        self._child = pulumi.ResourceOptions(parent=self)

        if task_failure_alarm_tasks > 0:
            self._watch_tasks(task_failure_alarm_tasks, topic_arns, tags)
        self.dashboard_url = pulumi.Output.from_input("")
        if dashboard:
            self.dashboard_url = self._dashboard_url(scaling, usd_per_task_hour)
        self.register_outputs({"dashboard_url": self.dashboard_url})

    def _watch_tasks(
        self, tasks: int, topic_arns: Sequence[pulumi.Input[str]], tags: Mapping[str, pulumi.Input[str]]
    ) -> None:
        # No target: CloudWatch counts how often a rule matches, and the alarm reads that count.
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-failed-tasks",
            description=f"Tasks of the worker service {self._name} that crashed, could not start or were not well",
            event_pattern=document(
                failed_tasks_pattern, cluster_arn=self._watched.cluster_arn, service_name=self._service_name
            ),
            tags=tags,
            opts=self._child,
        )
        metric_alarm(
            f"{self._name}-task-failure-alarm",
            task_failure_alarm(self._watched, self._service_name, rule.name, tasks),
            alarm_actions=topic_arns,
            ok_actions=topic_arns,
            tags=tags,
            opts=self._child,
        )

    def _dashboard_url(self, scaling: ScalingSettings, usd_per_task_hour: float) -> pulumi.Output[str]:
        """Make the dashboard."""
        cluster_arn = pulumi.Output.from_input(self._watched.cluster_arn)
        region = cluster_arn.apply(lambda arn: place_of(arn).region)
        dashboard = aws.cloudwatch.Dashboard(
            f"{self._name}-dashboard",
            # Dashboards have no generated names, so this one names project and stack too.
            dashboard_name=stack_wide_name(pulumi.get_project(), pulumi.get_stack(), self._name),
            dashboard_body=document(
                dashboard_body,
                region=region,
                topic_names=self._watched.topic_names,
                queues=[
                    {
                        "key": queue.key,
                        "queue_name": queue.queue_name,
                        "dead_letter_queue_name": queue.dead_letter_queue_name,
                        "acceptable_latency_seconds": queue.acceptable_latency_seconds,
                    }
                    for queue in self._queues
                ],
                filter_namespace=self._watched.filter_namespace,
                cluster_name=cluster_arn.apply(last_segment),
                service_name=self._service_name,
                min_count=scaling.min_count,
                max_count=scaling.max_count,
                demand_expression=None if scaling.demand is None else scaling.demand.expression(),
                usd_per_task_hour=usd_per_task_hour,
            ),
            opts=self._child,
        )
        return pulumi.Output.all(region, dashboard.dashboard_name).apply(
            lambda known: console_url(known[0], f"cloudwatch/home?region={known[0]}#dashboards/dashboard/{known[1]}")
        )
