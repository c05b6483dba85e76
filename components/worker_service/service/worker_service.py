"""WorkerService: messages published to a topic wait in a queue and are processed by containers on ECS Fargate."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from worker_service.inputs.arns import last_part
from worker_service.inputs.aws_values import Architecture
from worker_service.inputs.checking import checked
from worker_service.service.alarms.alarm_notifications import AlarmNotifications
from worker_service.service.alarms.alarm_thresholds import alarm_thresholds, rollback_alarms
from worker_service.service.alarms.watched import Watched
from worker_service.service.alarms.work_alarms import WorkAlarms
from worker_service.service.callers_dependencies import callers_dependencies
from worker_service.service.choices import Encryption
from worker_service.service.conflicts import worker_service_conflicts
from worker_service.service.container import container_definition
from worker_service.service.deployment_room import minimum_healthy_percent
from worker_service.service.deployment_timeout import deployment_timeout_minutes
from worker_service.service.fargate_service import FargateService
from worker_service.service.fargate_sizes import fargate_size
from worker_service.service.health_check import container_health_check
from worker_service.service.inputs import WORKER_SERVICE_ROWS, WorkerServiceArgs
from worker_service.service.metrics.worker_metrics import filter_namespace
from worker_service.service.monitoring.dashboard_body import usd_per_task_hour
from worker_service.service.monitoring.monitoring import Monitoring
from worker_service.service.publishes_to import topic_variables
from worker_service.service.scaling.scaling import Scaling
from worker_service.service.scaling.scaling_settings import scaling_settings
from worker_service.service.task_role import TaskRole
from worker_service.service.topics import topic_handlers
from worker_service.service.work_queue import WorkQueue
from worker_service.service.work_topic import WorkTopic

# checked() fills in the defaults that the rows state.
# pyright: reportTypedDictNotRequiredAccess=false


class WorkerService(pulumi.ComponentResource):
    """A topic, a queue with a dead-letter queue, and a Fargate service that scales and consumes it."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic to publish to, the main one of several."""
    topic_arns: pulumi.Output[Mapping[str, str]]
    """ARN of each topic by its name."""
    required_policies: pulumi.Output[Mapping[str, str]]
    """What the policies of other accounts' topics have to say beside their own, as JSON, by the topics' names."""
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
    """ARN of the key of topic and queues, for publishers to encrypt with (kms:GenerateDataKey, kms:Decrypt); or ''."""
    dashboard_url: pulumi.Output[str]
    """Address of the CloudWatch dashboard; empty without one, and in a partition whose console is not public."""

    def __init__(self, name: str, args: WorkerServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        complete = checked("WorkerService", name, args, WORKER_SERVICE_ROWS, worker_service_conflicts)
        super().__init__("workers:index:WorkerService", name, {}, opts)
        self._name = name
        self._args = cast(WorkerServiceArgs, complete)
        self._scaling = scaling_settings(self._args)
        self._child = pulumi.ResourceOptions(parent=self)
        self._callers_dependencies = callers_dependencies(opts)

        topic = self._topic()
        queue = self._queue(topic)
        log_group = self._log_group()
        watched = self._watched(topic, queue, log_group)
        notifications = self._notifications(topic)
        alarms = self._alarms(watched, notifications)
        roles = self._roles(topic, queue, log_group)
        service = self._service(self._container(topic, queue, log_group), queue, roles, alarms)
        self._scale(service, queue, roles)
        self._monitor(watched, service, notifications)

        self.register_outputs({output: getattr(self, output) for output in WorkerService.__annotations__})

    def _topic(self) -> WorkTopic:
        topic = WorkTopic(
            self._name,
            topics=self._args["topics"],
            fifo=self._args.get("fifo"),
            cluster_arn=self._args["cluster_arn"],
            encryption=Encryption(self._args["encryption"]),
            kms_key_arn=self._args.get("kms_key_arn"),
            encrypts_alarms="alarm_email" in self._args,
            protect=self._args["protect"],
            tags=self._args["tags"],
            opts=self._child,
        )
        self.topic_arn = topic.topic_arn
        self.topic_arns = pulumi.Output.all(**topic.topic_arns)
        self.required_policies = topic.required_policies
        self.kms_key_arn = pulumi.Output.from_input("" if topic.key_arn is None else topic.key_arn)
        return topic

    def _queue(self, topic: WorkTopic) -> WorkQueue:
        queue = WorkQueue(
            self._name,
            fifo=self._args.get("fifo"),
            topics=self._args["topics"],
            topic_arns=topic.topic_arns,
            kms_key_arn=topic.key_arn,
            visibility_timeout_seconds=self._args["visibility_timeout_seconds"],
            max_receive_count=self._args["max_receive_count"],
            message_retention_seconds=self._args["message_retention_seconds"],
            # Without its key's policy an encrypted queue silently gets nothing.
            deliver_after=[topic, *self._callers_dependencies],
            protect=self._args["protect"],
            tags=self._args["tags"],
            opts=self._child,
        )
        self.queue_url = queue.queue_url
        self.queue_arn = queue.queue_arn
        self.queue_name = queue.queue_name
        self.dead_letter_queue_url = queue.dead_letter_queue_url
        self.dead_letter_queue_arn = queue.dead_letter_queue_arn
        self.dead_letter_queue_name = queue.dead_letter_queue_name
        return queue

    def _log_group(self) -> aws.cloudwatch.LogGroup:
        protect = self._args["protect"]
        log_group = aws.cloudwatch.LogGroup(
            f"{self._name}-log-group",
            retention_in_days=self._args["log_retention_days"],
            kms_key_id=self._args.get("log_kms_key_arn"),
            tags=self._args["tags"],
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        self.log_group_name = log_group.name
        return log_group

    def _watched(self, topic: WorkTopic, queue: WorkQueue, log_group: aws.cloudwatch.LogGroup) -> Watched:
        """What alarms and dashboard look at."""
        return Watched(
            queue_name=queue.queue_name,
            queue_url=queue.queue_url,
            dead_letter_queue_name=queue.dead_letter_queue_name,
            dead_letter_queue_url=queue.dead_letter_queue_url,
            dead_letter_queue_arn=queue.dead_letter_queue_arn,
            topic_names=[arn.apply(last_part) for arn in topic.topic_arns.values()],
            cluster_arn=self._args["cluster_arn"],
            log_group_name=log_group.name,
            filter_namespace=queue.queue_name.apply(filter_namespace),
        )

    def _notifications(self, topic: WorkTopic) -> AlarmNotifications:
        return AlarmNotifications(
            self._name,
            email=self._args.get("alarm_email"),
            topic_arn=self._args.get("alarm_topic_arn"),
            kms_key_arn=topic.key_arn,
            tags=self._args["tags"],
            opts=self._child,
        )

    def _alarms(self, watched: Watched, notifications: AlarmNotifications) -> WorkAlarms:
        return WorkAlarms(
            self._name,
            watched=watched,
            thresholds=alarm_thresholds(self._args),
            acceptable_latency_seconds=self._args["acceptable_latency_seconds"],
            rollback_alarms=rollback_alarms(self._args),
            topic_arns=notifications.topic_arns,
            tags=self._args["tags"],
            opts=self._child,
        )

    def _roles(self, topic: WorkTopic, queue: WorkQueue, log_group: aws.cloudwatch.LogGroup) -> TaskRole:
        roles = TaskRole(
            self._name,
            cluster_arn=self._args["cluster_arn"],
            queue_arn=queue.queue_arn,
            dead_letter_queue_arn=queue.dead_letter_queue_arn,
            topic_arns=topic.made_topic_arns,
            publishes_to=self._args["publishes_to"],
            kms_key_arn=topic.key_arn,
            log_group_arn=log_group.arn,
            image=self._args["image"],
            secrets=self._args["secrets"],
            secret_kms_key_arns=self._args.get("secret_kms_key_arns", []),
            enable_execute_command=self._args["enable_execute_command"],
            scale_in_protection=self._scaling.scale_in_protection,
            tags=self._args["tags"],
            opts=self._child,
        )
        self.task_role_arn = roles.task_role_arn
        self.task_role_name = roles.task_role_name
        return roles

    def _container(
        self, topic: WorkTopic, queue: WorkQueue, log_group: aws.cloudwatch.LogGroup
    ) -> pulumi.Output[dict[str, Any]]:
        """The container's definition, once everything that it names is known."""
        return pulumi.Output.all(
            image=self._args["image"],
            handler=self._args.get("handler"),
            topics=topic_handlers(self._args, topic.topic_arns),
            subscribed_topics_only=self._args["subscribed_topics_only"],
            environment=topic_variables(self._args),
            secrets=self._args["secrets"],
            topic_arn=topic.topic_arn,
            queue_arn=queue.queue_arn,
            queue_url=queue.queue_url,
            queue_name=queue.queue_name,
            log_group_name=log_group.name,
            concurrency=self._args["concurrency"],
            processes=self._args["processes"],
            batch_size=self._args.get("batch_size"),
            scale_in_protection=self._scaling.scale_in_protection,
            health_check=container_health_check(self._args["health_check"]),
            error_texts=self._args["error_texts"],
            writable_root=self._args["enable_execute_command"],
        ).apply(lambda known: container_definition(**known, published_demand=self._scaling.published_demand))

    def _service(
        self, container: pulumi.Output[dict[str, Any]], queue: WorkQueue, roles: TaskRole, alarms: WorkAlarms
    ) -> FargateService:
        protection = self._scaling.scale_in_protection
        service = FargateService(
            self._name,
            cluster_arn=self._args["cluster_arn"],
            vpc_id=self._args["vpc_id"],
            subnet_ids=self._args["subnet_ids"],
            assign_public_ip=self._args["assign_public_ip"],
            container=container,
            size=fargate_size(self._args),
            architecture=Architecture(self._args["architecture"]),
            task_role_arn=roles.task_role_arn,
            execution_role_arn=roles.execution_role_arn,
            rollback_alarm_names=alarms.rollback_alarm_names,
            minimum_healthy_percent=minimum_healthy_percent(self._args),
            maximum_percent=self._args["maximum_percent"],
            deployment_timeout_minutes=deployment_timeout_minutes(self._args, scale_in_protection=protection),
            desired_count=max(self._args["desired_count"], self._args["min_count"]),
            egress_ports=self._args["egress_ports"],
            enable_execute_command=self._args["enable_execute_command"],
            # A task that starts before its roles have their policies fails, and trips the circuit breaker.
            start_after=[roles, queue, *self._callers_dependencies],
            tags=self._args["tags"],
            opts=self._child,
        )
        self.service_name = service.service_name
        self.service_arn = service.service_arn
        self.task_definition_arn = service.task_definition_arn
        self.security_group_id = service.security_group_id
        return service

    def _scale(self, service: FargateService, queue: WorkQueue, roles: TaskRole) -> None:
        Scaling(
            self._name,
            cluster_arn=self._args["cluster_arn"],
            service_arn=service.service_arn,
            queue_names=[queue.queue_name],
            settings=self._scaling,
            publisher_role_name=roles.task_role_name,
            tags=self._args["tags"],
            opts=self._child,
        )

    def _monitor(self, watched: Watched, service: FargateService, notifications: AlarmNotifications) -> None:
        monitoring = Monitoring(
            self._name,
            watched=watched,
            service_name=service.service_name,
            task_failure_alarm_tasks=self._args["task_failure_alarm_tasks"],
            topic_arns=notifications.topic_arns,
            dashboard=self._args["dashboard"],
            scaling=self._scaling,
            usd_per_task_hour=usd_per_task_hour(fargate_size(self._args), self._args["architecture"]),
            tags=self._args["tags"],
            opts=self._child,
        )
        self.dashboard_url = monitoring.dashboard_url
