"""WorkAlarms: the alarms of topic, queue and log.

They exist before the service does, so that its deployments can roll back on them.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from worker_service.service.alarms.queue_alarms import new_dead_letters_alarm, queue_alarms, service_alarms
from worker_service.service.alarms.watched import Watched
from worker_service.service.choices import RollbackAlarm
from worker_service.service.metrics.metric_alarm import metric_alarm
from worker_service.service.metrics.worker_metrics import RECEIVE_FAILURES, RECEIVE_FAILURES_PATTERN
from worker_service.service.queues import resource_name


class WorkAlarms(pulumi.ComponentResource):
    """Alarms on what a person should know of the messages."""

    alarm_names: Mapping[str, pulumi.Output[str]]
    """Name in CloudWatch of each alarm of the main queue and of what all queues share."""
    rollback_alarm_names: list[pulumi.Output[str]]
    """Names of those that end a deployment."""

    def __init__(
        self,
        name: str,
        *,
        watched: Sequence[Watched],
        thresholds: Mapping[str, int],
        rollback_alarms: Sequence[str],
        topic_arns: Sequence[pulumi.Input[str]],
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`watched` are the queues, the main one first. `thresholds` are by the alarm's name, 0 for none;
        `rollback_alarms` are names of those that end a deployment.

        `topic_arns` are told when one goes off and is over.
        """
        super().__init__("workers:index:WorkAlarms", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        main, *others = watched
        aws.cloudwatch.LogMetricFilter(
            f"{name}-receive-failures",
            log_group_name=main.log_group_name,
            pattern=RECEIVE_FAILURES_PATTERN,
            metric_transformation={
                "namespace": main.filter_namespace,
                "name": RECEIVE_FAILURES,
                "value": "1",
                "unit": "Count",
            },
            opts=child,
        )
        alarms = {
            name: service_alarms(main, thresholds),
            **{resource_name(name, queue.key): queue_alarms(queue, thresholds) for queue in others},
        }
        made = {
            prefix: {
                key: metric_alarm(
                    f"{prefix}-{key.replace('_', '-')}-alarm",
                    alarm,
                    alarm_actions=topic_arns,
                    ok_actions=topic_arns,
                    tags=tags,
                    opts=child,
                ).name
                for key, alarm in of_queue.items()
            }
            for prefix, of_queue in alarms.items()
        }
        self.alarm_names = made[name]
        self.rollback_alarm_names = [names[key] for names in made.values() for key in rollback_alarms if key in names]
        if RollbackAlarm.DEAD_LETTER.value in rollback_alarms:
            alarm = new_dead_letters_alarm(watched, thresholds["dead_letter"])
            new_dead_letters = metric_alarm(f"{name}-new-dead-letters", alarm, alarm_actions=[], tags=tags, opts=child)
            self.rollback_alarm_names.append(new_dead_letters.name)
        self.register_outputs({"alarm_names": self.alarm_names})
