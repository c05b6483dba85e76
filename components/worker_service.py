"""WorkerService: messages published to a topic wait in a queue and are processed by containers on ECS Fargate."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from components import defaults
from components.alarm_definitions import Watched
from components.arns import last_part
from components.checks import given, misfits, name_problems, refuse, worker_service_conflicts
from components.container import container_definition
from components.dashboard import usd_per_task_hour
from components.fargate_service import FargateService
from components.limits import TASK_SIZES, WORKER_SERVICE_RULES, Architecture, FargateSize, TaskSize
from components.monitoring import Monitoring
from components.notifications import Notifications
from components.scaling import Scaling
from components.scaling_settings import alarm_thresholds, rollback_alarms, scaling_settings
from components.task_role import TaskRole
from components.work_alarms import WorkAlarms
from components.work_queue import WorkQueue
from components.work_topic import WorkTopic
from components.worker_metrics import filter_namespace
from components.worker_service_args import WorkerServiceArgs


class WorkerService(pulumi.ComponentResource):
    """A topic, a queue with a dead-letter queue, and a Fargate service that scales and consumes it."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic to publish to."""
    queue_url: pulumi.Output[str]
    """URL of the queue."""
    queue_arn: pulumi.Output[str]
    """ARN of the queue."""
    queue_name: pulumi.Output[str]
    """Name of the queue."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the dead-letter queue."""
    dead_letter_queue_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""
    dead_letter_queue_name: pulumi.Output[str]
    """Name of the dead-letter queue."""
    service_name: pulumi.Output[str]
    """Name of the ECS service."""
    service_arn: pulumi.Output[str]
    """ARN of the ECS service."""
    task_definition_arn: pulumi.Output[str]
    """ARN of the task definition's revision that this deployment asks for."""
    task_role_arn: pulumi.Output[str]
    """ARN of the task role."""
    task_role_name: pulumi.Output[str]
    """Name of the task role, to attach what a handler needs beyond the queue."""
    security_group_id: pulumi.Output[str]
    """Id of the tasks' security group, to let them into a database's."""
    log_group_name: pulumi.Output[str]
    """Name of the log group."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the key of topic and queues; publishers need kms:GenerateDataKey and kms:Decrypt on it."""
    dashboard_url: pulumi.Output[str]
    """Address of the CloudWatch dashboard; empty where there is none."""

    def __init__(self, name: str, args: WorkerServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args = _checked(name, args)
        super().__init__("workers:index:WorkerService", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = args.get("tags", {})
        protect = args.get("protect", defaults.PROTECT)
        execute_command = args.get("enable_execute_command", defaults.ENABLE_EXECUTE_COMMAND)
        size = _size(args)
        callers_dependencies = _depends_on(opts)

        scaling = scaling_settings(args)
        architecture = Architecture(args.get("architecture", defaults.ARCHITECTURE))

        topic = WorkTopic(
            name,
            {
                "kms_key_arn": args.get("kms_key_arn"),
                "encrypts_alarms": "alarm_email" in args,
                "protect": protect,
                "tags": tags,
            },
            child,
        )
        queue = WorkQueue(
            name,
            {
                "topic_arn": topic.topic_arn,
                "kms_key_arn": topic.key_arn,
                "visibility_timeout_seconds": args.get(
                    "visibility_timeout_seconds", defaults.VISIBILITY_TIMEOUT_SECONDS
                ),
                "max_receive_count": args.get("max_receive_count", defaults.MAX_RECEIVE_COUNT),
                "message_retention_seconds": args.get("message_retention_seconds", defaults.MESSAGE_RETENTION_SECONDS),
                "protect": protect,
                # Without its key's policy an encrypted queue silently gets nothing.
                "deliver_after": [topic, *callers_dependencies],
                "tags": tags,
            },
            child,
        )
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log-group",
            retention_in_days=args.get("log_retention_days", defaults.LOG_RETENTION_DAYS),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        notifications = Notifications(
            name,
            {
                "email": args.get("alarm_email"),
                "topic_arn": args.get("alarm_topic_arn"),
                "kms_key_arn": topic.key_arn,
                "tags": tags,
            },
            child,
        )
        watched = Watched(
            queue_name=queue.queue_name,
            queue_url=queue.queue_url,
            dead_letter_queue_name=queue.dead_letter_queue_name,
            dead_letter_queue_url=queue.dead_letter_queue_url,
            dead_letter_queue_arn=queue.dead_letter_queue_arn,
            topic_name=topic.topic_arn.apply(last_part),
            cluster_arn=args["cluster_arn"],
            log_group_name=log_group.name,
            filter_namespace=queue.queue_name.apply(filter_namespace),
        )
        alarms = WorkAlarms(
            name,
            {
                "watched": watched,
                "thresholds": alarm_thresholds(args),
                "acceptable_latency_seconds": scaling.acceptable_latency_seconds,
                "topic_arns": notifications.topic_arns,
                "tags": tags,
            },
            child,
        )
        roles = TaskRole(
            name,
            {
                "cluster_arn": args["cluster_arn"],
                "queue_arn": queue.queue_arn,
                "dead_letter_queue_arn": queue.dead_letter_queue_arn,
                "topic_arn": topic.topic_arn,
                "kms_key_arn": topic.key_arn,
                "log_group_arn": log_group.arn,
                "image": args["image"],
                "enable_execute_command": execute_command,
                "scale_in_protection": scaling.scale_in_protection,
                "tags": tags,
            },
            child,
        )
        container = pulumi.Output.all(
            image=args["image"],
            handler=args.get("handler"),
            environment=args.get("environment", {}),
            topic_arn=topic.topic_arn,
            queue_arn=queue.queue_arn,
            queue_url=queue.queue_url,
            queue_name=queue.queue_name,
            log_group_name=log_group.name,
            concurrency=scaling.concurrency,
            scale_in_protection=scaling.scale_in_protection,
            writable_root=execute_command,
        ).apply(lambda known: container_definition(**known, published_demand=scaling.published_demand))
        service = FargateService(
            name,
            {
                "cluster_arn": args["cluster_arn"],
                "vpc_id": args["vpc_id"],
                "subnet_ids": args["subnet_ids"],
                "assign_public_ip": args.get("assign_public_ip", defaults.ASSIGN_PUBLIC_IP),
                "container": container,
                "cpu_units": size.cpu_units,
                "memory_mib": size.memory_mib,
                "task_role_arn": roles.task_role_arn,
                "execution_role_arn": roles.execution_role_arn,
                "rollback_alarm_names": [alarms.alarm_names[key] for key in rollback_alarms(args)],
                "desired_count": max(args.get("desired_count", defaults.DESIRED_COUNT), scaling.min_count),
                "architecture": architecture,
                "egress_ports": args.get("egress_ports", defaults.EGRESS_PORTS),
                "enable_execute_command": execute_command,
                # A task that starts before its roles have their policies fails, and trips the circuit breaker.
                "start_after": [roles, queue, *callers_dependencies],
                "tags": tags,
            },
            child,
        )
        Scaling(
            name,
            {
                "cluster_arn": args["cluster_arn"],
                "service_arn": service.service_arn,
                "queue_names": [queue.queue_name, *args.get("extra_queue_names", [])],
                "settings": scaling,
                "publisher_role_name": roles.task_role_name,
                "tags": tags,
            },
            child,
        )
        monitoring = Monitoring(
            name,
            {
                "watched": watched,
                "service_name": service.service_name,
                "task_failure_alarm_tasks": args.get("task_failure_alarm_tasks", defaults.TASK_FAILURE_ALARM_TASKS),
                "topic_arns": notifications.topic_arns,
                "dashboard": args.get("dashboard", defaults.DASHBOARD),
                "scaling": scaling,
                "usd_per_task_hour": usd_per_task_hour(size.cpu_units, size.memory_mib, architecture),
                "tags": tags,
            },
            child,
        )

        self.topic_arn = topic.topic_arn
        self.queue_url = queue.queue_url
        self.queue_arn = queue.queue_arn
        self.queue_name = queue.queue_name
        self.dead_letter_queue_url = queue.dead_letter_queue_url
        self.dead_letter_queue_arn = queue.dead_letter_queue_arn
        self.dead_letter_queue_name = queue.dead_letter_queue_name
        self.service_name = service.service_name
        self.service_arn = service.service_arn
        self.task_definition_arn = service.task_definition_arn
        self.task_role_arn = roles.task_role_arn
        self.task_role_name = roles.task_role_name
        self.security_group_id = service.security_group_id
        self.log_group_name = log_group.name
        self.kms_key_arn = topic.key_arn
        self.dashboard_url = monitoring.dashboard_url
        self.register_outputs({output: getattr(self, output) for output in WorkerService.__annotations__})


def _checked(name: str, args: WorkerServiceArgs) -> WorkerServiceArgs:
    known = given(args)
    wrong_names = name_problems(
        name, known, known=WorkerServiceArgs.__annotations__, required=WorkerServiceArgs.__required_keys__
    )
    wrong_values = misfits(known, WORKER_SERVICE_RULES)
    conflicts = worker_service_conflicts(known, wrong_values)
    refuse("WorkerService", name, [*wrong_names, *chain(*wrong_values.values()), *conflicts])
    return cast(WorkerServiceArgs, known)


def _depends_on(opts: pulumi.ResourceOptions | None) -> list[Any]:
    """What the caller wants to wait for: the SDK does not hand a component's depends_on to its grandchildren."""
    depends_on = opts.depends_on if opts else None
    if depends_on is None:
        return []
    return list(depends_on) if isinstance(depends_on, Sequence) else [depends_on]


def _size(args: WorkerServiceArgs) -> FargateSize:
    if "cpu" in args and "memory" in args:
        return FargateSize(args["cpu"], args["memory"])
    return TASK_SIZES[TaskSize(args.get("task_size", defaults.TASK_SIZE))]
