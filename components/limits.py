"""What AWS and this project allow for each input, with where each number comes from."""

from dataclasses import dataclass
from enum import Enum

from components.rules import Fields, Flag, ListOf, MapOf, Multiple, Number, OneOf, Rule, Text, Whole
from components.schedule_expression import ScheduleExpression


class TaskSize(str, Enum):
    """Size of a task, with the names of AWS Proton's worker template."""

    X_SMALL = "x-small"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    X_LARGE = "x-large"


class Architecture(str, Enum):
    """CPU architecture that the image was built for, by ECS's names."""

    X86_64 = "X86_64"
    ARM64 = "ARM64"


class ScalingPreset(str, Enum):
    """What the work is like: steady, in bursts, or long jobs in batches; or AWS Proton's own scaling."""

    STEADY = "steady"
    BURSTY = "bursty"
    BATCH = "batch"
    PROTON = "proton"


class RollbackAlarm(str, Enum):
    """An alarm that can end a deployment and bring the last good one back."""

    DEAD_LETTER = "dead_letter"
    AGE = "age"
    NO_CONSUMER = "no_consumer"
    DELIVERY_FAILURE = "delivery_failure"
    RECEIVE_FAILURE = "receive_failure"


class NatGateways(str, Enum):
    """How private subnets reach the internet: not at all, through one NAT gateway, or through one in each zone."""

    NONE = "none"
    SINGLE = "single"
    ONE_PER_ZONE = "one_per_zone"


class SubnetType(str, Enum):
    """Where tasks run: public subnets with a public IP, or private subnets without one."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True)
class FargateSize:
    """CPU units (1,024 are one vCPU) and memory of a task."""

    cpu_units: int
    memory_mib: int


#: AWS Proton's worker template, parameter task_size.
TASK_SIZES = {
    TaskSize.X_SMALL: FargateSize(256, 512),
    TaskSize.SMALL: FargateSize(512, 1024),
    TaskSize.MEDIUM: FargateSize(1024, 2048),
    TaskSize.LARGE: FargateSize(2048, 4096),
    TaskSize.X_LARGE: FargateSize(4096, 8192),
}

#: CPU units -> memory in MiB that Fargate allows with it.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
FARGATE_MEMORY_MIB: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}

#: Days that CloudWatch Logs can keep events.
#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip

#: The longest that SQS keeps a message; dead letters wait that long for someone to look at them.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
MAX_MESSAGE_RETENTION_SECONDS = 1_209_600

#: The longest that Fargate waits between SIGTERM and SIGKILL.
#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
MAX_STOP_TIMEOUT_SECONDS = 120

#: Tasks that one service may run.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
MAX_TASKS = 5_000

_VPC_ID = Text(1, 64, r"vpc-[0-9a-f]+", "a VPC id such as vpc-0a1b2c3d4e5f67890")
_SUBNET_IDS = ListOf(
    Text(1, 64, r"subnet-[0-9a-f]+", "a subnet id such as subnet-0a1b2c3d4e5f67890"),
    minimum_items=1,
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    maximum_items=16,
)
_IMAGE = Text(
    1,
    200,
    r"[A-Za-z0-9][A-Za-z0-9._-]*(:\d+)?(/[A-Za-z0-9._-]+)*(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?",
    "an image of 1 to 200 characters such as registry/worker:7 or registry/worker@sha256:...",
)
_CLUSTER_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:cluster/[\w-]+",
    "a cluster ARN such as arn:aws:ecs:eu-west-1:111122223333:cluster/name",
)
_KEY_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+",
    "a key ARN such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
)
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_CHARACTERS = r"(?u:[\w .:/=+\-@])"
_TAG_WORDS = "letters, digits, spaces and _.:/=+-@"
TAGS = MapOf(
    Text(1, 128, rf"(?![aA][wW][sS]:){_TAG_CHARACTERS}+", f"1 to 128 {_TAG_WORDS} that do not begin with aws:"),
    Text(0, 256, f"{_TAG_CHARACTERS}*", f"0 to 256 {_TAG_WORDS}"),
    maximum_entries=45,
)

_SCHEDULE = Fields(
    {
        "schedule": ScheduleExpression(),
        "timezone": Text(1, 64, r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)*", "a time zone such as Europe/Berlin"),
        "min_count": Whole(0, MAX_TASKS),
        "max_count": Whole(0, MAX_TASKS),
    },
    required=("schedule", "min_count", "max_count"),
)
_SCHEDULE_NAME = Text(1, 40, r"[a-z][a-z0-9-]*", "1 to 40 lower-case letters, digits and hyphens")
_QUEUE_NAME = Text(1, 80, r"[\w-]+(\.fifo)?", "a queue's name of letters, digits, hyphens and underscores")

#: Scheduled actions of one scalable target.
#: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html
MAX_SCHEDULES = 200

#: One rule for each input of WorkerService that can be checked before anything runs and says how many tasks run.
SCALING_RULES: dict[str, Rule] = {
    "desired_count": Whole(0, MAX_TASKS),
    "min_count": Whole(0, MAX_TASKS),
    "max_count": Whole(1, MAX_TASKS),
    "scaling": OneOf(tuple(preset.value for preset in ScalingPreset)),
    "acceptable_latency_seconds": Whole(1, 86_400),
    # SQS holds no message longer than 12 hours.
    "message_processing_seconds": Number(0.001, 43_200),
    "concurrency": Whole(1, 1_000),
    # Metrics come up to three minutes late, so a shorter window would often be empty.
    "scale_in_after_seconds": Multiple(60, 300, 3_600),
    "scale_in_protection": Flag(),
    "fast_scaling": Flag(),
    "cpu_target_percent": Whole(10, 90),
    "schedules": MapOf(_SCHEDULE_NAME, _SCHEDULE, maximum_entries=MAX_SCHEDULES),
    "extra_queue_names": ListOf(_QUEUE_NAME),
}

#: One rule for each input of WorkerService that says who is told of what; 0 turns an alarm off.
ALARM_RULES: dict[str, Rule] = {
    "alarm_email": Text(3, 320, r"[^@\s]+@[^@\s]+", "an e-mail address"),
    "alarm_topic_arn": Text(
        1,
        2_048,
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+",
        "a topic ARN such as arn:aws:sns:eu-west-1:111122223333:name",
    ),
    "dead_letter_alarm_messages": Whole(0, 1_000_000),
    "age_alarm_minutes": Whole(0, 1_440),
    "no_consumer_alarm_minutes": Whole(0, 1_440),
    "task_failure_alarm_tasks": Whole(0, 10_000),
    "delivery_failure_alarm_messages": Whole(0, 1_000_000),
    "receive_failure_alarm_errors": Whole(0, 1_000_000),
    "rollback_alarms": ListOf(OneOf(tuple(alarm.value for alarm in RollbackAlarm))),
    "dashboard": Flag(),
}

#: One rule for each input of WorkerService that can be checked before anything runs.
WORKER_SERVICE_RULES: dict[str, Rule] = {
    "cluster_arn": _CLUSTER_ARN,
    "vpc_id": _VPC_ID,
    "subnet_ids": _SUBNET_IDS,
    "assign_public_ip": Flag(),
    "image": _IMAGE,
    "handler": Text(3, 200, r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", "a dotted path such as package.module.function"),
    "environment": MapOf(
        Text(1, 255, r"[A-Za-z_][A-Za-z0-9_]*", "a name of letters, digits and underscores"),
        Text(0, 32_768),
        maximum_entries=200,
    ),
    "task_size": OneOf(tuple(size.value for size in TaskSize)),
    "cpu": OneOf(tuple(FARGATE_MEMORY_MIB)),
    "memory": Whole(512, 122_880),
    "architecture": OneOf(tuple(architecture.value for architecture in Architecture)),
    **SCALING_RULES,
    **ALARM_RULES,
    # A receive that is cut off hides its messages until the timeout, so it must outlast the worker's own read timeout.
    "visibility_timeout_seconds": Whole(30, 43_200),
    # With one receive a message would be dead-lettered whenever a task is killed while it holds it.
    "max_receive_count": Whole(2, 1_000),
    "message_retention_seconds": Whole(60, MAX_MESSAGE_RETENTION_SECONDS),
    "kms_key_arn": _KEY_ARN,
    "log_retention_days": OneOf(LOG_RETENTION_DAYS),
    # A security group takes 60 rules: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    "egress_ports": ListOf(Whole(1, 65_535), maximum_items=60),
    "enable_execute_command": Flag(),
    "protect": Flag(),
    "tags": TAGS,
}

#: Inputs of either component that may be Outputs of other resources; the values of maps may be, too.
MAY_BE_OUTPUTS = frozenset(
    {
        "image",
        "cluster_arn",
        "vpc_id",
        "subnet_ids",
        "public_subnet_ids",
        "private_subnet_ids",
        "kms_key_arn",
        "alarm_email",
        "alarm_topic_arn",
    }
)

#: One rule for each input of Environment that can be checked before anything runs.
ENVIRONMENT_RULES: dict[str, Rule] = {
    "vpc_id": _VPC_ID,
    "public_subnet_ids": _SUBNET_IDS,
    "private_subnet_ids": _SUBNET_IDS,
    "cluster_arn": _CLUSTER_ARN,
    "environment_stack": Text(1, 300, r"[\w.-]+(/[\w.-]+){0,2}", "a stack's name such as organization/project/stack"),
    "nat_gateways": OneOf(tuple(strategy.value for strategy in NatGateways)),
    "container_insights": Flag(),
    "tags": TAGS,
}
