"""The arguments of WorkerService."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components.limits import Architecture, RollbackAlarm, ScalingPreset, TaskSize
from components.scaling_settings import ScalingSchedule


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
    """Fewest tasks, 0 to 5,000; from 0 the first message waits about four minutes. Default 1."""
    max_count: NotRequired[int]
    """Most tasks, 1 to 5,000. Default 10."""
    scaling: NotRequired[ScalingPreset]
    """How to scale: steady, bursty (gives capacity back sooner), batch (long jobs, full tasks), or proton (AWS Proton's
    own steps). Default steady."""
    acceptable_latency_seconds: NotRequired[int]
    """Seconds in which a backlog should be worked off, 1 to 86,400. Default 60."""
    message_processing_seconds: NotRequired[float]
    """Seconds that a handler takes for a message, 0.001 to 43,200; a guess will do. Default 1."""
    concurrency: NotRequired[int]
    """Messages that a task handles at a time, 1 to 1,000: the worker's own setting. Default 10."""
    scale_in_after_seconds: NotRequired[int]
    """Seconds that the highest backlog counts for, 300 to 3,600 in minutes. Default: the preset's, 600, 300 or 900."""
    scale_in_protection: NotRequired[bool]
    """Tasks ask ECS not to stop them while they work: for messages that take a minute or more. Default false."""
    fast_scaling: NotRequired[bool]
    """Running tasks publish their demand every 10 seconds, for scaling out in seconds. Default false."""
    cpu_target_percent: NotRequired[int]
    """Mean CPU use above which tasks are added too, 10 to 90. Default none; 50 with proton."""
    schedules: NotRequired[Mapping[str, ScalingSchedule]]
    """Bounds by name that hold from a time on, such as no task at night. Default none."""
    extra_queue_names: NotRequired[Sequence[str]]
    """Other queues that the same tasks consume, counted with the service's own: up to four. Default none."""
    alarm_email: NotRequired[pulumi.Input[str]]
    """Address that alarms are sent to, once its owner has confirmed it. Default none."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """Existing topic that alarms are sent to; it must let cloudwatch.amazonaws.com publish. Default none."""
    dead_letter_alarm_messages: NotRequired[int]
    """Alarm at this many messages in the dead-letter queue; 0 for none. Default 1."""
    age_alarm_minutes: NotRequired[int]
    """Alarm when the oldest message is over the acceptable latency for so long, up to 1,440; 0 for none. Default 10."""
    no_consumer_alarm_minutes: NotRequired[int]
    """Alarm when messages wait and no task receives for so long, up to 1,440; 0 for none. Default 10."""
    task_failure_alarm_tasks: NotRequired[int]
    """Alarm when this many tasks crash or fail to start within 10 minutes; 0 for none. Default 3."""
    delivery_failure_alarm_messages: NotRequired[int]
    """Alarm when the topic fails to deliver this many messages within 5 minutes; 0 for none. Default 1."""
    receive_failure_alarm_errors: NotRequired[int]
    """Alarm when this many receives are denied or throttled within 5 minutes; 0 for none. Default 10."""
    rollback_alarms: NotRequired[Sequence[RollbackAlarm]]
    """Alarms that end a deployment and bring the last good one back. Default dead_letter and age."""
    dashboard: NotRequired[bool]
    """Make a CloudWatch dashboard. Default true."""
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
