"""WorkAlarms: the alarms of topic, queue and log.

They exist before the service does, so that its deployments can roll back on them.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.alarm_definitions import Watched, queue_alarms
from components.metric_alarm import metric_alarm
from components.worker_metrics import RECEIVE_FAILURES, RECEIVE_FAILURES_PATTERN


class WorkAlarmsArgs(TypedDict):
    """Arguments of WorkAlarms."""

    watched: Watched
    """Topic, queues and log."""
    thresholds: Mapping[str, int]
    """Threshold of each alarm by its name; 0 for none."""
    acceptable_latency_seconds: int
    """Age of the oldest message that is still well."""
    topic_arns: Sequence[pulumi.Input[str]]
    """Topics that are told when an alarm goes off and when it is over."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of the alarms."""


class WorkAlarms(pulumi.ComponentResource):
    """Alarms on what a person should know of the messages."""

    alarm_names: Mapping[str, pulumi.Output[str]]
    """Name in CloudWatch of each alarm that there is."""

    def __init__(self, name: str, args: WorkAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:WorkAlarms", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        watched = args["watched"]

        aws.cloudwatch.LogMetricFilter(
            f"{name}-receive-failures",
            log_group_name=watched.log_group_name,
            pattern=RECEIVE_FAILURES_PATTERN,
            metric_transformation={
                "namespace": watched.filter_namespace,
                "name": RECEIVE_FAILURES,
                "value": "1",
                "unit": "Count",
                # Other lines say that there was none, so that the graph has a line.
                "default_value": "0",
            },
            opts=child,
        )
        alarms = queue_alarms(watched, args["thresholds"], args["acceptable_latency_seconds"])
        self.alarm_names = {
            key: metric_alarm(
                f"{name}-{key.replace('_', '-')}-alarm",
                alarm,
                alarm_actions=args["topic_arns"],
                ok_actions=args["topic_arns"],
                tags=args["tags"],
                opts=child,
            ).name
            for key, alarm in alarms.items()
        }
        self.register_outputs({"alarm_names": self.alarm_names})
