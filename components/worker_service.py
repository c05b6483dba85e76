"""WorkerService: messages published to a topic wait in a queue and are processed by containers on ECS Fargate."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from components import defaults
from components.checks import given, misfits, name_problems, refuse, worker_service_conflicts
from components.container import container_definition
from components.fargate_service import FargateService
from components.limits import TASK_SIZES, WORKER_SERVICE_RULES, Architecture, FargateSize, TaskSize
from components.scaling import Scaling
from components.task_role import TaskRole
from components.work_queue import WorkQueue
from components.work_topic import WorkTopic


class WorkerServiceArgs(TypedDict):
    """Arguments of WorkerService."""

    cluster_arn: pulumi.Input[str]
    """ECS cluster to run in."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets to run in."""
    image: pulumi.Input[str]
    """Image of the worker, 1 to 200 characters, best by digest. It runs as user 10001 on a read-only root file system:
    an image that writes temporary files declares `VOLUME /tmp`, as the worker's own Dockerfile does."""
    assign_public_ip: NotRequired[bool]
    """Give tasks a public IP, which public subnets need. Default false."""
    handler: NotRequired[str]
    """Dotted path of the function that handles a message. Default: what the image's WORKER_HANDLER says."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables of the container beside the service's own. Default none."""
    task_size: NotRequired[TaskSize]
    """CPU and memory of a task by AWS Proton's names. Default x-small: 256 CPU units and 512 MiB."""
    cpu: NotRequired[int]
    """CPU units of a task in place of task_size, with memory: 256 to 16,384 in Fargate's steps."""
    memory: NotRequired[int]
    """Memory of a task in MiB in place of task_size, with cpu: what Fargate allows with it."""
    architecture: NotRequired[Architecture]
    """CPU architecture of the image. Default X86_64."""
    desired_count: NotRequired[int]
    """Tasks to start with, but no fewer than min_count; scaling owns the number afterwards. Default 1."""
    min_count: NotRequired[int]
    """Fewest tasks, 1 to 5,000. Default 1."""
    max_count: NotRequired[int]
    """Most tasks, 1 to 5,000. Default 10."""
    visibility_timeout_seconds: NotRequired[int]
    """Seconds until a message of a killed task is received again, 30 to 43,200. Default 60."""
    max_receive_count: NotRequired[int]
    """Receives before a message moves to the dead-letter queue, 2 to 1,000. Default 3."""
    message_retention_seconds: NotRequired[int]
    """Seconds that the queue keeps a message, 60 to 1,209,600. Default 345,600 (4 days)."""
    log_retention_days: NotRequired[int]
    """Days that the log is kept, one of CloudWatch's steps. Default 365."""
    egress_ports: NotRequired[Sequence[int]]
    """TCP ports that tasks may reach. Default 443, which AWS's own services need."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """An existing key for topic and queues; its policy must let sns.amazonaws.com use it. Default: a key of its own."""
    enable_execute_command: NotRequired[bool]
    """Allow ECS Exec, which needs a writable root file system. Default false."""
    protect: NotRequired[bool]
    """Refuse deletion and replacement of key, topic, queues and log group. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every resource that takes tags, and of the tasks. Default none."""


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

    def __init__(self, name: str, args: WorkerServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args = _checked(name, args)
        super().__init__("workers:index:WorkerService", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = args.get("tags", {})
        protect = args.get("protect", defaults.PROTECT)
        execute_command = args.get("enable_execute_command", defaults.ENABLE_EXECUTE_COMMAND)
        min_count = args.get("min_count", defaults.MIN_COUNT)
        size = _size(args)
        callers_dependencies = _depends_on(opts)

        topic = WorkTopic(name, {"kms_key_arn": args.get("kms_key_arn"), "protect": protect, "tags": tags}, child)
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
            writable_root=execute_command,
        ).apply(lambda known: container_definition(**known))
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
                "desired_count": max(args.get("desired_count", defaults.DESIRED_COUNT), min_count),
                "architecture": Architecture(args.get("architecture", defaults.ARCHITECTURE)),
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
                "service_name": service.service_name,
                "min_count": min_count,
                "max_count": args.get("max_count", defaults.MAX_COUNT),
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
