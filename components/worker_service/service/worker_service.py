"""WorkerService: messages published to a topic wait in a queue and are processed by containers on ECS Fargate."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import pulumi

from worker_service.inputs.aws_values import Architecture
from worker_service.inputs.checking import checked
from worker_service.inputs.public_component import PublicComponent
from worker_service.service.alarms.alarm_notifications import AlarmNotifications
from worker_service.service.alarms.alarm_thresholds import alarm_thresholds, rollback_alarms
from worker_service.service.alarms.watched import Watched
from worker_service.service.alarms.work_alarms import WorkAlarms
from worker_service.service.callers_dependencies import callers_dependencies
from worker_service.service.choices import Encryption
from worker_service.service.claimed_names import claim_names
from worker_service.service.conflicts import worker_service_conflicts
from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.container import TEMPORARY_VOLUME
from worker_service.service.containers import task_containers
from worker_service.service.deployment_room import minimum_healthy_percent
from worker_service.service.deployment_timeout import deployment_timeout_minutes
from worker_service.service.fargate_service import FargateService
from worker_service.service.fargate_sizes import fargate_size
from worker_service.service.fast_wake import FastWake
from worker_service.service.handler_stores import HandlerStores
from worker_service.service.inputs import WORKER_SERVICE_ROWS, WorkerServiceArgs
from worker_service.service.log_group import LogGroup, log_group
from worker_service.service.log_router import config_files
from worker_service.service.max_connections import connections_warning
from worker_service.service.monitoring.dashboard_body import usd_per_task_hour
from worker_service.service.monitoring.monitoring import Monitoring
from worker_service.service.open_telemetry import sends_to_aws
from worker_service.service.operator_policy import operator_policy_arn
from worker_service.service.required_policies import required_policies
from worker_service.service.role_options import role_options
from worker_service.service.scaling.scaling import Scaling
from worker_service.service.scaling.scaling_settings import scaling_settings
from worker_service.service.sidecar_container import sidecar_volumes
from worker_service.service.sidecars import Sidecar
from worker_service.service.task_role import TaskRole
from worker_service.service.task_sidecars import task_sidecars
from worker_service.service.work_queues import queue_key_arns, topic_fifos, work_queues
from worker_service.service.work_topic import WorkTopic

# checked() fills in the defaults that the rows state.
# pyright: reportTypedDictNotRequiredAccess=false


class WorkerService(PublicComponent):
    """A topic, a queue with a dead-letter queue, and a Fargate service that scales and consumes it."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic to publish to, the main one of several."""
    topic_arns: pulumi.Output[Mapping[str, str]]
    """ARN of each topic by its name."""
    required_policies: pulumi.Output[Mapping[str, str]]
    """What the policies of what exists have to say beside their own, as JSON, by whose they are: topics.NAME,
    queues.NAME with .dead_letter_queue and .kms_key, task_role with .fast_scaling, execution_role."""
    queues: pulumi.Output[Mapping[str, Mapping[str, str]]]
    """Of each queue by its name: queue_url, queue_arn, dead_letter_queue_url and dead_letter_queue_arn."""
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
    operator_policy_arn: pulumi.Output[str]
    """ARN of the policy of operators; empty without operator_policy."""
    security_group_id: pulumi.Output[str]
    """Id of the tasks' security group, to let them into a database's."""
    log_group_name: pulumi.Output[str]
    """Name of the log group."""
    large_messages_bucket_name: pulumi.Output[str]
    """Name of the bucket of large messages, for publishers to put bodies into; or ''."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the key of topic and queues, for publishers to encrypt with (kms:GenerateDataKey, kms:Decrypt); or ''."""
    dashboard_url: pulumi.Output[str]
    """Address of the CloudWatch dashboard; empty without one, and in a partition whose console is not public."""

    def __init__(self, name: str, args: WorkerServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        complete = checked("WorkerService", name, args, WORKER_SERVICE_ROWS, partial(worker_service_conflicts, name))
        claim_names(name, complete, opts.parent if opts else None)
        super().__init__("workers:index:WorkerService", name, {}, opts)
        self._name = name
        self._args = cast(WorkerServiceArgs, complete)
        self._scaling = scaling_settings(self._args)
        if warning := connections_warning(self._args, most_tasks=self._scaling.most_tasks):
            pulumi.log.warn(warning, self)
        self._child = pulumi.ResourceOptions(parent=self)
        self._callers_dependencies = callers_dependencies(opts)
        topic = self._topic()
        queues = self._queues(topic)
        logs = log_group(self._name, self._args, self)
        self._stores = HandlerStores(self._name, self._args, topic.key_arn, self)
        self.large_messages_bucket_name, self.log_group_name = self._stores.bucket_name, logs.name
        watched = Watched.of_queues(self._args, queues, list(topic.topic_arns.values()), logs.name)
        notifications = self._notifications(topic)
        alarms = self._alarms(watched, notifications)
        sidecars = task_sidecars(self._name, self._args, logs)
        roles = self._roles(topic, queues, logs, sidecars)
        containers = task_containers(
            self._name,
            self._args,
            topic_arn=topic.topic_arn,
            topic_arns=topic.topic_arns,
            queues=queues,
            logs=logs,
            sidecars=sidecars,
            scaling=self._scaling,
            stores=self._stores,
        )
        service = self._service(containers, sidecar_volumes(sidecars), queues, roles, alarms)
        self._scale(topic, queues, roles)
        self._monitor(watched, service, notifications)
        self.operator_policy_arn = operator_policy_arn(self._name, self._args, topic, queues, service, logs.arn, self)
        self.required_policies = required_policies(self._args, topic.topic_arns, queues, roles, service)
        self.register_outputs({output: getattr(self, output) for output in WorkerService.__annotations__})

    def _topic(self) -> WorkTopic:
        topic = WorkTopic(
            self._name,
            topics=self._args["topics"],
            fifo=topic_fifos(self._args),
            cluster_arn=self._args["cluster_arn"],
            encryption=Encryption(self._args["encryption"]),
            kms_key_arn=self._args.get("kms_key_arn"),
            encrypts_alarms="alarm_email" in self._args,
            delivers_events=any("sources" in queue for queue in self._args["queues"].values()),
            protect=self._args["protect"],
            tags=self._args["tags"],
            opts=self._child,
        )
        self.topic_arn = topic.topic_arn
        self.topic_arns = pulumi.Output.all(**topic.topic_arns)
        self.kms_key_arn = pulumi.Output.from_input("" if topic.key_arn is None else topic.key_arn)
        return topic

    def _queues(self, topic: WorkTopic) -> list[ConsumedQueue]:
        """Every queue, the main one first."""
        # Without its key's policy an encrypted queue silently gets nothing.
        after = [topic, *self._callers_dependencies]
        queues = work_queues(self._name, self._args, topic, deliver_after=after, parent=self)
        main = queues[0]
        self.queue_url, self.queue_arn, self.queue_name = main.queue_url, main.queue_arn, main.queue_name
        self.dead_letter_queue_url, self.dead_letter_queue_arn = main.dead_letter_queue_url, main.dead_letter_queue_arn
        self.dead_letter_queue_name = main.dead_letter_queue_name
        self.queues = pulumi.Output.all(**{queue.key: queue.outputs for queue in queues})
        return queues

    def _notifications(self, topic: WorkTopic) -> AlarmNotifications:
        return AlarmNotifications(
            self._name,
            email=self._args.get("alarm_email"),
            topic_arn=self._args.get("alarm_topic_arn"),
            kms_key_arn=topic.key_arn,
            tags=self._args["tags"],
            opts=self._child,
        )

    def _alarms(self, watched: Sequence[Watched], notifications: AlarmNotifications) -> WorkAlarms:
        return WorkAlarms(
            self._name,
            watched=watched,
            thresholds=alarm_thresholds(self._args),
            rollback_alarms=rollback_alarms(self._args),
            topic_arns=notifications.topic_arns,
            tags=self._args["tags"],
            opts=self._child,
        )

    def _roles(
        self, topic: WorkTopic, queues: Sequence[ConsumedQueue], logs: LogGroup, sidecars: Mapping[str, Sidecar]
    ) -> TaskRole:
        roles = TaskRole(
            self._name,
            cluster_arn=self._args["cluster_arn"],
            queues=queues,
            queue_key_arns=list(queue_key_arns(self._args).values()),
            topic_arns=topic.made_topic_arns,
            publishes_to=self._args["publishes_to"],
            kms_key_arn=topic.key_arn,
            log_group_arn=logs.arn,
            image=self._args["image"],
            sidecars=sidecars,
            traces=sends_to_aws(self._args)[0],
            writes_log="log_router" in self._args or sends_to_aws(self._args)[1],
            router_files=config_files(self._args),
            secrets=self._args["secrets"],
            secret_kms_key_arns=self._args.get("secret_kms_key_arns", []),
            enable_execute_command=self._args["enable_execute_command"],
            execute_command_log_group_arn=self._args.get("execute_command_log_group_arn"),
            execute_command_kms_key_arn=self._args.get("execute_command_kms_key_arn"),
            scale_in_protection=self._scaling.scale_in_protection,
            stores=self._stores,
            **role_options(self._args),
            tags=self._args["tags"],
            opts=self._child,
        )
        self.task_role_arn = roles.task_role_arn
        self.task_role_name = roles.task_role_name
        return roles

    def _service(
        self,
        containers: pulumi.Output[list[dict[str, Any]]],
        volume_names: Sequence[str],
        queues: Sequence[ConsumedQueue],
        roles: TaskRole,
        alarms: WorkAlarms,
    ) -> FargateService:
        protection = self._scaling.scale_in_protection
        service = FargateService(
            self._name,
            cluster_arn=self._args["cluster_arn"],
            vpc_id=self._args["vpc_id"],
            subnet_ids=self._args["subnet_ids"],
            assign_public_ip=self._args["assign_public_ip"],
            containers=containers,
            volume_names=[TEMPORARY_VOLUME, *volume_names],
            size=fargate_size(self._args),
            architecture=Architecture(self._args["architecture"]),
            spot=self._args.get("spot"),
            ephemeral_storage_gib=self._args.get("ephemeral_storage_gib"),
            efs=self._args["efs_volumes"],
            platform_version=self._args["platform_version"],
            security_group_ids=self._args["security_group_ids"],
            task_role_arn=roles.task_role_arn,
            execution_role_arn=roles.execution_role_arn,
            rollback_alarm_names=alarms.rollback_alarm_names,
            minimum_healthy_percent=minimum_healthy_percent(self._args),
            maximum_percent=self._args["maximum_percent"],
            deployment_timeout_minutes=deployment_timeout_minutes(self._args, scale_in_protection=protection),
            pre_deploys="pre_deploy_command" in self._args,
            pre_deploy_timeout_minutes=self._args["pre_deploy_timeout_minutes"],
            desired_count=max(self._args["desired_count"], self._args["min_count"]),
            egress_ports=self._args["egress_ports"],
            ipv6=self._args["ipv6"],
            service_connect=self._args["service_connect"],
            enable_execute_command=self._args["enable_execute_command"],
            # A task that starts before its roles have their policies fails, and trips the circuit breaker.
            start_after=[roles, *(queue.made for queue in queues if queue.made), *self._callers_dependencies],
            tags=self._args["tags"],
            opts=self._child,
        )
        self.service_name, self.service_arn = service.service_name, service.service_arn
        self.task_definition_arn, self.security_group_id = service.task_definition_arn, service.security_group_id
        return service

    def _scale(self, topic: WorkTopic, queues: Sequence[ConsumedQueue], roles: TaskRole) -> None:
        scaling = Scaling(
            self._name,
            cluster_arn=self._args["cluster_arn"],
            service_arn=self.service_arn,
            queue_names={queue.key: queue.queue_name for queue in queues},
            settings=self._scaling,
            publisher_role_name=None if "task_role_arn" in self._args else roles.task_role_name,
            tags=self._args["tags"],
            opts=self._child,
        )
        if self._args["fast_wake"]:
            FastWake(self._name, self._args, topic, self.service_arn, scaling.target, opts=self._child)

    def _monitor(self, watched: Sequence[Watched], service: FargateService, notifications: AlarmNotifications) -> None:
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
