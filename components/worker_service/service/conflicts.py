"""What is wrong between the arguments of a WorkerService."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from worker_service.inputs.arns import is_bad_ecr_image
from worker_service.inputs.checking import find_conflicts
from worker_service.service.alarms.alarm_thresholds import THRESHOLD_INPUTS, rollback_conflicts
from worker_service.service.choices import Encryption
from worker_service.service.container import RESERVED_VARIABLES
from worker_service.service.copilot_variables import copilot_variable_conflicts
from worker_service.service.deployment_room import room_conflicts
from worker_service.service.existing_conflicts import LOG_GROUP_OPTIONS, log_group_conflicts, role_conflicts
from worker_service.service.fargate_sizes import FARGATE_MEMORY_MIB
from worker_service.service.inputs import WORKER_SERVICE_ROWS
from worker_service.service.open_telemetry import telemetry_conflicts
from worker_service.service.publishes_to import publishes_to_conflicts
from worker_service.service.queue_conflicts import (
    large_body_conflicts,
    queue_conflicts,
    queue_count_conflicts,
    topic_queue_conflicts,
)
from worker_service.service.queue_names import queue_name_conflicts
from worker_service.service.queues import SHARED
from worker_service.service.role_options import role_option_conflicts
from worker_service.service.scaling.conflicts import SCALING_CONFLICTS
from worker_service.service.secrets import secret_conflicts
from worker_service.service.sidecars import sidecar_conflicts
from worker_service.service.task_options import task_option_conflicts
from worker_service.service.task_sidecars import sidecar_size_conflicts, volume_conflicts
from worker_service.service.topics import topic_conflicts

#: ECS takes 64 KiB for a whole task definition.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
MAX_ENVIRONMENT_CHARACTERS = 48_000


def worker_service_conflicts(name: str, args: Mapping[str, Any], misfitting: Collection[str]) -> list[str]:
    """A sentence for each of the service of this name; `args` have their defaults, and those that misfit by themselves
    are left alone."""
    too_long = [] if "queues" in misfitting else queue_name_conflicts(name, args["queues"])
    return [*find_conflicts(_CONFLICTS, args, misfitting), *too_long]


def _size_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    cpu, memory = args.get("cpu"), args.get("memory")
    if cpu is None and memory is None:
        return
    if cpu is None or memory is None:
        yield "cpu, memory: give both or neither"
        return
    allowed = FARGATE_MEMORY_MIB[cpu]
    if memory not in allowed:
        yield f"memory: {memory} does not go with cpu {cpu}; Fargate allows {', '.join(map(str, allowed))}"


def _session_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if not args["enable_execute_command"]:
        yield from (
            f"{key}: is for ECS Exec; set enable_execute_command to true too"
            for key in ("execute_command_log_group_arn", "execute_command_kms_key_arn")
            if key in args
        )


def _image_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    images = {"image": args.get("image")}
    images |= {f"{key}.image": args.get(key, {}).get("image") for key in ("open_telemetry", "log_router")}
    images |= {f"sidecars.{name}.image": sidecar.get("image") for name, sidecar in args["sidecars"].items()}
    for key, image in images.items():
        if isinstance(image, str) and is_bad_ecr_image(image):
            yield f"{key}: {image!r} names no repository that ECR can have, whose names are in lower case"


def _variable_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    environment = args["environment"]
    for given in ("environment", "secrets"):
        for variable in RESERVED_VARIABLES:
            if variable in args[given]:
                yield f"{given}: {variable} is set by the service itself; choose another name"
    length = sum(len(name) + len(value) for name, value in environment.items() if isinstance(value, str))
    if length > MAX_ENVIRONMENT_CHARACTERS:
        yield f"environment: {length} characters are above {MAX_ENVIRONMENT_CHARACTERS}"


def _encryption_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if args["encryption"] == Encryption.MANAGED and "kms_key_arn" in args:
        yield "kms_key_arn: encryption 'managed' uses no customer's key; leave out the one or the other"


def _rollback_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    return rollback_conflicts(args, default=WORKER_SERVICE_ROWS["rollback_alarms"].default)


#: Arguments that have to go together, and how to find where they do not.
_CONFLICTS = (
    (("cpu", "memory"), _size_conflicts),
    (("image", "sidecars", "open_telemetry", "log_router"), _image_conflicts),
    (
        ("enable_execute_command", "execute_command_log_group_arn", "execute_command_kms_key_arn"),
        _session_conflicts,
    ),
    (("queues", "fifo", "cluster_arn", *SHARED), queue_conflicts),
    (("queues", "ignore_delayed_retries", "limit_to_groups", "fast_scaling", "scaling"), queue_count_conflicts),
    (("queues", "large_messages", *SHARED), large_body_conflicts),
    (("environment", "secrets"), _variable_conflicts),
    (("topics", "cluster_arn"), topic_conflicts),
    (("topics", "queues", "fifo", *SHARED), topic_queue_conflicts),
    (("encryption", "kms_key_arn"), _encryption_conflicts),
    (("log_group_arn", "cluster_arn", *LOG_GROUP_OPTIONS), log_group_conflicts),
    (("task_role_arn", "execution_role_arn", "cluster_arn"), role_conflicts),
    (
        ("secrets", "environment", "secret_kms_key_arns", "sidecars", "open_telemetry", "log_router"),
        secret_conflicts,
    ),
    (("publishes_to", "environment", "secrets"), publishes_to_conflicts),
    (("copilot_variables", "queues", "publishes_to", "environment", "secrets"), copilot_variable_conflicts),
    (("spot", "efs_volumes", "enable_execute_command"), task_option_conflicts),
    (("efs_volumes", "sidecars", "open_telemetry", "log_router"), volume_conflicts),
    (("sidecars", "health_check"), sidecar_conflicts),
    (("sidecars", "open_telemetry", "log_router", "task_size", "cpu", "memory"), sidecar_size_conflicts),
    (("open_telemetry", "egress_ports"), telemetry_conflicts),
    (("task_role_arn", "task_policies", "managed_policy_arns"), role_option_conflicts),
    *SCALING_CONFLICTS,
    (("scaling", "min_count", "minimum_healthy_percent", "maximum_percent"), room_conflicts),
    (("rollback_alarms", *THRESHOLD_INPUTS.values()), _rollback_conflicts),
)
