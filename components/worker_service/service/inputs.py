"""The inputs of WorkerService, one row for each: key, type, rule, default and what it is for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs import aws_values as aws
from worker_service.inputs.names import HANDLER, LOG_GROUP_PREFIX
from worker_service.inputs.rows import Default, rows_of
from worker_service.inputs.rules import Flag, ListOf, Multiple, Number, OneOf, Whole
from worker_service.service import task_options
from worker_service.service.choices import Encryption, PredictiveScaling, RollbackAlarm, ScalingPreset, TaskSize
from worker_service.service.copilot_variables import COPILOT_VARIABLES, CopilotVariables
from worker_service.service.fargate_sizes import FARGATE_MEMORY_MIB
from worker_service.service.fifo import FIFO, Fifo
from worker_service.service.health_check import HEALTH_CHECK, HealthCheck
from worker_service.service.large_messages import LARGE_MESSAGES, LargeMessages
from worker_service.service.log_router import LOG_ROUTER, LogRouter
from worker_service.service.open_telemetry import OPEN_TELEMETRY, OpenTelemetry
from worker_service.service.publishes_to import PUBLISHES_TO, PublishesTo
from worker_service.service.queues import MAX_MESSAGE_RETENTION_SECONDS, QUEUES, Queue
from worker_service.service.role_options import POLICY_ARN, POLICY_ARNS, ROLE_PATH, TASK_POLICIES
from worker_service.service.scaling.scaling_schedule import MAX_TASKS, SCHEDULES, ScalingSchedule
from worker_service.service.scaling.target_tracking import TARGET_TRACKING, TargetTracking
from worker_service.service.secrets import ENVIRONMENT, SECRETS
from worker_service.service.sidecars import SIDECARS, Sidecar
from worker_service.service.topics import MAIN, TOPICS, Topic


class WorkerServiceArgs(TypedDict):
    """Arguments of WorkerService."""

    cluster_arn: Annotated[pulumi.Input[str], aws.CLUSTER_ARN]
    """ECS cluster to run in, with the capacity provider FARGATE, and for spot FARGATE_SPOT."""
    vpc_id: Annotated[pulumi.Input[str], aws.VPC_ID]
    """VPC of the subnets."""
    subnet_ids: Annotated[pulumi.Input[Sequence[pulumi.Input[str]]], aws.SUBNET_IDS]
    """Subnets to run in, 1 to 16."""
    assign_public_ip: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Give tasks a public IP, which public subnets need. Default false."""

    image: Annotated[pulumi.Input[str], aws.IMAGE]
    """Image of the worker, 1 to 200 characters, best by digest. It runs as user 10001 on a read-only root file system:
    an image that writes temporary files declares `VOLUME /tmp`, as the worker's own Dockerfile does."""
    handler: NotRequired[Annotated[str, HANDLER]]
    """Dotted path of the function that handles a message. Default: what the image's WORKER_HANDLER says."""
    environment: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], ENVIRONMENT, Default({})]]
    """Environment variables of the container beside the service's own. Default none."""
    secrets: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], SECRETS, Default({})]]
    """Variables of the container that ECS reads when a task starts: name to the ARN of a secret in Secrets Manager,
    with :JSON-KEY:: behind it for one field, or of an SSM parameter. A new value needs a new deployment. Default
    none."""
    secret_kms_key_arns: NotRequired[Annotated[Sequence[pulumi.Input[str]], ListOf(aws.KEY_ARN, maximum_items=20)]]
    """Customer's KMS keys that the secrets are encrypted with. Default: AWS's own keys, which need no right."""
    copilot_variables: NotRequired[Annotated[CopilotVariables, COPILOT_VARIABLES]]
    """What AWS Copilot called the service, for code that reads its variables: application, environment, service,
    topic_queues, published_topics and mount_points. Default: no such variables."""
    environment_files: NotRequired[
        Annotated[Sequence[str], ListOf(task_options.ENVIRONMENT_FILE, maximum_items=10), Default(())]
    ]
    """Objects in S3 by their ARNs, with lines of NAME=value, that ECS reads when a task starts; what environment says
    holds over them. Default none."""
    entry_point: NotRequired[Annotated[Sequence[str], task_options.WORDS]]
    """Program and arguments in place of the image's own, 1 to 50 words, without a shell. Default: the image's."""
    command: NotRequired[Annotated[Sequence[str], task_options.WORDS]]
    """Arguments of the entry point in place of the image's own, 1 to 50 words. Default: the image's."""
    user: NotRequired[Annotated[str, task_options.USER, Default(task_options.NON_ROOT_USER)]]
    """User of the container. Default 10001, nobody in particular."""
    stop_timeout_seconds: NotRequired[Annotated[int, Whole(2, task_options.MAX_STOP_TIMEOUT_SECONDS), Default(120)]]
    """Seconds from SIGTERM to SIGKILL, 2 to 120, of which the worker keeps up to ten to hand back. Default 120."""
    open_files_limit: NotRequired[Annotated[int, Whole(1_024, 1_048_576)]]
    """Files and connections that the container may have open, 1,024 to 1,048,576: the one limit that a task on Fargate
    may set. Default: Fargate's, 65,535."""
    health_check: NotRequired[Annotated[HealthCheck, HEALTH_CHECK, Default({})]]
    """How ECS sees whether a container is well, which the image's own HEALTHCHECK does not tell it: enabled, command,
    interval_seconds, timeout_seconds, retries and start_period_seconds. Default: the worker's own check."""
    task_size: NotRequired[Annotated[TaskSize, OneOf.members_of(TaskSize), Default(TaskSize.X_SMALL)]]
    """CPU units and memory in MiB of a task, by AWS Proton's names: x-small 256/512, small 512/1024, medium 1024/2048,
    large 2048/4096, x-large 4096/8192. Default x-small."""
    cpu: NotRequired[Annotated[int, OneOf(tuple(FARGATE_MEMORY_MIB))]]
    """CPU units of a task in place of task_size, with memory: 256, 512, 1024, 2048, 4096, 8192 or 16384. Default: what
    task_size says."""
    memory: NotRequired[Annotated[int, Whole(512, 122_880)]]
    """Memory of a task in MiB in place of task_size, with cpu: what Fargate allows with it, 512 to 122,880. Default:
    what task_size says."""
    architecture: NotRequired[
        Annotated[aws.Architecture, OneOf.members_of(aws.Architecture), Default(aws.Architecture.X86_64)]
    ]
    """CPU architecture of the image: X86_64 or ARM64. Default X86_64."""
    spot: NotRequired[Annotated[task_options.Spot, task_options.SPOT]]
    """Run tasks on Fargate Spot, at a discount of up to 70 %, where AWS may end them with two minutes' notice:
    on_demand_base, on_demand_weight and spot_weight. It comes, changes and goes in place. Default: Fargate alone."""
    ephemeral_storage_gib: NotRequired[Annotated[int, Whole(21, 200)]]
    """Disk of a task in GiB, 21 to 200; what is above 20 costs $0.08 a GiB and month. Default: Fargate's 20."""
    efs_volumes: NotRequired[Annotated[Mapping[str, task_options.EfsVolume], task_options.EFS_VOLUMES, Default({})]]
    """File systems in the container, by a name of yours: file_system_id, access_point_id, container_path, read_only.
    Default none."""
    sidecars: NotRequired[Annotated[Mapping[str, Sidecar], SIDECARS, Default({})]]
    """Containers beside the worker's in each task, by a name of yours, 8 at most, such as an agent or a proxy. Default
    none."""
    open_telemetry: NotRequired[Annotated[OpenTelemetry, OPEN_TELEMETRY]]
    """A collector beside the worker for its traces and metrics: endpoint, header_secrets, metrics, image and memory.
    Default: none runs."""
    log_router: NotRequired[Annotated[LogRouter, LOG_ROUTER]]
    """Route the worker's log by FireLens, to CloudWatch Logs and where its config_file_arns say: these, environment,
    secrets, image and memory. Default: CloudWatch Logs alone."""
    platform_version: NotRequired[Annotated[str, task_options.PLATFORM_VERSION, Default("LATEST")]]
    """Fargate's platform version. Default LATEST."""

    desired_count: NotRequired[Annotated[int, Whole(0, MAX_TASKS), Default(1)]]
    """Tasks to start with, 0 to 5,000, but no fewer than min_count; 0 needs min_count 0. Scaling owns the number
    afterwards. Default 1."""
    min_count: NotRequired[Annotated[int, Whole(0, MAX_TASKS), Default(1)]]
    """Fewest tasks that scaling keeps, 0 to 5,000; from 0 the first message waits four minutes, or see fast_wake.
    Default 1."""
    max_count: NotRequired[Annotated[int, Whole(1, MAX_TASKS), Default(10)]]
    """Most tasks that scaling starts, 1 to 5,000. Default 10."""
    scaling: NotRequired[Annotated[ScalingPreset, OneOf.members_of(ScalingPreset), Default(ScalingPreset.STEADY)]]
    """How to scale: steady, bursty (gives capacity back sooner), batch (long jobs, full tasks), proton (AWS Proton's
    own steps) or copilot (AWS Copilot's own target tracking). Default steady."""
    acceptable_latency_seconds: NotRequired[Annotated[int, Whole(1, 86_400), Default(60)]]
    """Seconds in which a backlog should be worked off, 1 to 86,400. Default 60."""
    # SQS holds no message longer than 12 hours.
    message_processing_seconds: NotRequired[Annotated[float, Number(0.001, 43_200), Default(1)]]
    """Seconds that a handler takes for a message, such as 0.25 or 30, 0.001 to 43,200; a guess will do. Default 1."""
    concurrency: NotRequired[Annotated[int, Whole(1, 1_000), Default(10)]]
    """Handlers at a time in one process, 1 to 1,000: the worker's own setting. Default 10."""
    processes: NotRequired[Annotated[int, Whole(1, 64), Default(1)]]
    """Processes of a task, each with so many handlers, 1 to 64: for handlers that compute, as many as the task has
    CPUs. Default 1."""
    max_connections: NotRequired[Annotated[int, Whole(1, 1_000_000)]]
    """Connections that a database has for this service, 1 to 1,000,000: `pulumi up` warns where max_count (or a
    schedule's) x processes x concurrency is more; a deployment may run maximum_percent of that. Default: no warning."""
    batch_size: NotRequired[Annotated[int, Whole(1, 1_000)]]
    """Messages that a batch handler takes at once, 1 to 1,000, in place of what `@batch` says; then
    message_processing_seconds is for all of them. Default: one message for each handler."""
    # Metrics come up to three minutes late, so a shorter window would often be empty.
    scale_in_after_seconds: NotRequired[Annotated[int, Multiple(60, 300, 3_600)]]
    """Seconds that the highest backlog counts for, 300 to 3,600 in steps of 60. Default: the preset's, 600 (steady),
    300 (bursty) or 900 (batch)."""
    # A task that is stopped has two minutes.
    scale_in_protection: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Tasks ask ECS not to stop them while they work, as they do by themselves where message_processing_seconds is over
    stop_timeout_seconds less 20. Default false."""
    ignore_delayed_retries: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Messages that wait in flight for a later try ask for no task, because no more counts as in flight than tasks say
    that they hold: for handlers that raise Retry with long delays. Default false."""
    limit_to_groups: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """FIFO queues ask for no more tasks than a quarter above their message groups in flight, and one: more would find
    nothing to do. Where many groups come at once the tasks come in rounds. Default false."""
    fast_scaling: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Running tasks publish their demand every 10 seconds, for scaling out in seconds instead of minutes. Default
    false."""
    fast_wake: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """With min_count 0 the first message of a topic starts a task within a minute, for $0.26 a month and $2.70 a
    million messages. Default false."""
    predictive_scaling: NotRequired[Annotated[PredictiveScaling, OneOf.members_of(PredictiveScaling)]]
    """Let AWS forecast the load of each hour from up to two weeks: forecast_only, to look at it first, or
    forecast_and_scale, to raise the minimum before a daily or weekly peak. It never lowers. Default: no forecast."""
    cpu_target_percent: NotRequired[Annotated[int, Whole(10, 90)]]
    """Mean CPU use that scaling proton keeps, 10 to 90: the other presets follow the messages alone. Default: 50
    with scaling proton."""
    target_tracking: NotRequired[Annotated[TargetTracking, TARGET_TRACKING, Default({})]]
    """What scaling copilot follows: backlog, cpu and memory. Default: nothing, and the count stays."""
    schedules: NotRequired[Annotated[Mapping[str, ScalingSchedule], SCHEDULES, Default({})]]
    """Bounds by name that hold from a time on, such as no task at night: schedule (cron, rate or at), timezone,
    min_count and max_count of each. Default none."""
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    minimum_healthy_percent: NotRequired[Annotated[int, Whole(1, 100)]]
    """Tasks that a deployment keeps running, in percent of the desired count rounded up, 1 to 100. Default: 100, and 50
    with scaling proton."""
    maximum_percent: NotRequired[Annotated[int, Whole(100, 200), Default(200)]]
    """Tasks that a deployment may run, old and new, in percent of the desired count rounded down, 100 to 200. Default
    200."""
    pre_deploy_command: NotRequired[Annotated[Sequence[str], task_options.WORDS]]
    """Arguments of the entry point, 1 to 50 words, that run once before each deployment, such as a migration: in a task
    of the new revision, with its network, roles and sidecars. Where it fails, nothing is deployed. Default: none."""
    pre_deploy_timeout_minutes: NotRequired[Annotated[int, Whole(1, 720), Default(30)]]
    """Minutes that pre_deploy_command may take before it is stopped, 1 to 720. Default 30."""

    alarm_email: NotRequired[Annotated[pulumi.Input[str], aws.EMAIL]]
    """Address that alarms are sent to, once its owner has confirmed it. Default none."""
    alarm_topic_arn: NotRequired[Annotated[pulumi.Input[str], aws.TOPIC_ARN]]
    """An existing topic that alarms are sent to; its policy must let cloudwatch.amazonaws.com publish. Default none."""
    dead_letter_alarm_messages: NotRequired[Annotated[int, Whole(0, 1_000_000), Default(1)]]
    """Alarm at this many messages in the dead-letter queue, 0 to 1,000,000; 0 for none. Default 1."""
    # Scaling is blind for four minutes and a task takes one to start: what is still late after ten needs a person.
    age_alarm_minutes: NotRequired[Annotated[int, Whole(0, 1_440), Default(10)]]
    """Alarm when the oldest message is over the acceptable latency for this many minutes, 0 to 1,440; 0 for none.
    Default 10."""
    no_consumer_alarm_minutes: NotRequired[Annotated[int, Whole(0, 1_440), Default(10)]]
    """Alarm when messages wait and no task receives for this many minutes, 0 to 1,440; 0 for none. Default 10."""
    # One crash mends itself; three within ten minutes do not.
    task_failure_alarm_tasks: NotRequired[Annotated[int, Whole(0, 10_000), Default(3)]]
    """Alarm when this many tasks crash or fail to start within 10 minutes, 0 to 10,000; 0 for none. Default 3."""
    delivery_failure_alarm_messages: NotRequired[Annotated[int, Whole(0, 1_000_000), Default(1)]]
    """Alarm when the topic fails to deliver this many messages within 5 minutes, 0 to 1,000,000; 0 for none. Default
    1."""
    # A task that may not receive tries 25 times in five minutes; a network that hiccups fails once or twice.
    receive_failure_alarm_errors: NotRequired[Annotated[int, Whole(0, 1_000_000), Default(10)]]
    """Alarm when this many receives are denied or throttled within 5 minutes, 0 to 1,000,000; 0 for none. Default
    10."""
    rollback_alarms: NotRequired[
        Annotated[
            Sequence[RollbackAlarm],
            ListOf(OneOf.members_of(RollbackAlarm)),
            Default((RollbackAlarm.DEAD_LETTER, RollbackAlarm.AGE)),
        ]
    ]
    """Alarms that end a deployment and bring the last good one back: dead_letter, age, no_consumer, delivery_failure or
    receive_failure. Default dead_letter and age, where they are on."""
    dashboard: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Make a CloudWatch dashboard. Default true."""

    topics: NotRequired[Annotated[Mapping[str, Topic], TOPICS, Default({MAIN: {}})]]
    """The topics that the queues are subscribed to, by a name of yours, 1 to 10. Default main, a topic made here."""
    queues: NotRequired[Annotated[Mapping[str, Queue], QUEUES, Default({})]]
    """Queues that the tasks consume beside the main one, by a name of yours, 5 with it at most; and under main what no
    input of its own says of that. Default: the main queue alone."""
    fifo: NotRequired[Annotated[Fifo, FIFO]]
    """Keep the order of each message group: the main queue, its dead-letter queue and the topics made for it are
    FIFO. Cannot be changed later. Default: standard ones."""
    subscribed_topics_only: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Reject notifications of topics that the queue is not subscribed to: a body that is sent straight to it can
    imitate any topic. Default false."""
    publishes_to: NotRequired[Annotated[Mapping[str, PublishesTo], PUBLISHES_TO, Default({})]]
    """Topics that the handler publishes to, by a name of yours: the task role may, and WORKER_TOPIC_NAME holds the ARN.
    Default none but the service's own."""
    circuit_breaker_percent: NotRequired[Annotated[int, Whole(0, 99), Default(0)]]
    """Percent of a task's handlers, 0 to 99: where more fail in a minute, it receives slowly. Default 0: never."""
    once_table: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Make a table of DynamoDB for handlers with @once: $1.25 for a million messages. Default false."""
    large_messages: NotRequired[Annotated[LargeMessages, LARGE_MESSAGES]]
    """Make a bucket for bodies that are too large for a message: keep_days, over_bytes, delete. Default: none."""
    # A receive that is cut off hides its messages until the timeout, so it must outlast the worker's own read timeout.
    visibility_timeout_seconds: NotRequired[Annotated[int, Whole(30, 43_200), Default(60)]]
    """Seconds until a message of a killed task is received again, 30 to 43,200; the worker extends it while a handler
    runs. Default 60."""
    # With one receive a message would be dead-lettered whenever a task is killed while it holds it.
    max_receive_count: NotRequired[Annotated[int, Whole(2, 1_000), Default(3)]]
    """Receives before a message moves to the dead-letter queue, 2 to 1,000. Default 3."""
    message_retention_seconds: NotRequired[Annotated[int, Whole(60, MAX_MESSAGE_RETENTION_SECONDS), Default(345_600)]]
    """Seconds that the queue keeps a message, 60 to 1,209,600; the dead-letter queue keeps it until 14 days
    after it was first sent. Default 345,600, SQS's own four days."""
    encryption: NotRequired[Annotated[Encryption, OneOf.members_of(Encryption), Default(Encryption.CUSTOMER_KEY)]]
    """What encrypts messages at rest: customer_key (one KMS key for topic and queues, $1 a month and what its requests
    cost), or managed (keys of SQS's own for the queues, none for the topic, at no cost). Default customer_key."""
    kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """An existing KMS key for topic and queues, whose policy lets sns.amazonaws.com use it. Default: a key of its
    own."""

    # One year, as Checkov (CKV_AWS_338) asks.
    log_retention_days: NotRequired[Annotated[int, aws.LOG_RETENTION_DAYS, Default(365)]]
    """Days that the log is kept, one of CloudWatch's steps from 1 to 3,653. Default 365."""
    log_group_prefix: NotRequired[Annotated[str, LOG_GROUP_PREFIX]]
    """What the names of log groups made here begin with, such as /acme/shop; another one makes other log groups.
    Default: Pulumi names them, with random characters."""
    log_kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """An existing KMS key for log groups, whose policy lets logs.REGION.amazonaws.com use it. Default: CloudWatch's own
    encryption."""
    log_group_arn: NotRequired[Annotated[pulumi.Input[str], aws.LOG_GROUP_ARN]]
    """An existing log group of the cluster's account and region, in place of one made here. Default: one is made."""
    task_role_arn: NotRequired[Annotated[pulumi.Input[str], aws.ROLE_ARN]]
    """An existing role for the worker's own calls; the output required_policies says what it has to allow. Default: a
    role is made."""
    execution_role_arn: NotRequired[Annotated[pulumi.Input[str], aws.ROLE_ARN]]
    """An existing role with which ECS starts tasks; the output required_policies says what it has to allow. Default: a
    role is made."""
    permissions_boundary_arn: NotRequired[Annotated[pulumi.Input[str], POLICY_ARN]]
    """Managed policy that limits the roles made here. Default none."""
    role_path: NotRequired[Annotated[str, ROLE_PATH, Default("/")]]
    """Path of the roles made here; another one replaces them. Default /."""
    task_policies: NotRequired[Annotated[Mapping[str, Mapping[str, Any]], TASK_POLICIES, Default({})]]
    """What a handler needs beyond its messages: policy documents by a name of yours, for the task role. Default
    none."""
    managed_policy_arns: NotRequired[Annotated[Sequence[pulumi.Input[str]], POLICY_ARNS, Default(())]]
    """Managed policies of the task role, 10 at most. Default none."""
    security_group_ids: NotRequired[Annotated[Sequence[pulumi.Input[str]], aws.SECURITY_GROUP_IDS, Default(())]]
    """Existing security groups of the VPC that tasks are in too, 4 at most, such as one that a database lets in.
    Default: the service's own alone."""
    # A security group takes 60 rules: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    egress_ports: NotRequired[Annotated[Sequence[int], ListOf(Whole(1, 65_535), maximum_items=60), Default((443,))]]
    """TCP ports that tasks may reach, 1 to 65,535 each. Default 443, which AWS's own services need."""
    operator_policy: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Make a managed policy with the rights of the commands `workers` on this service, for operators. Default false."""
    ipv6: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Tasks reach IPv6 addresses at egress_ports too, and call AWS by dual-stack ones: for dual-stack subnets. Default
    false."""
    service_connect: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Tasks reach the services of the cluster's default namespace by their names, as clients of ECS Service Connect.
    Default false."""
    enable_execute_command: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Allow ECS Exec into the tasks; what its agent writes to are volumes, the root file system stays read-only.
    Default false."""
    execute_command_log_group_arn: NotRequired[Annotated[pulumi.Input[str], aws.LOG_GROUP_ARN]]
    """Log group that the cluster's ECS Exec configuration names, for tasks to write sessions to: an Environment's
    execute_command_log_group_arn. Default: sessions are not logged."""
    execute_command_kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """KMS key that the cluster's ECS Exec configuration names, for tasks to encrypt sessions with. Default: TLS
    alone."""
    error_texts: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Logs and dead letters tell what a handler's exception says, beside its type; false where that may hold personal
    data. Default true."""
    protect: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Refuse deletion and replacement of key, topic, queues and log group. Default true."""
    tags: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], aws.TAGS, Default({})]]
    """Tags of every resource that takes tags, and of the tasks. Default none."""


WORKER_SERVICE_ROWS = rows_of(WorkerServiceArgs)
