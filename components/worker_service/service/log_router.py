"""LogRouter: FireLens, which brings the worker's log to CloudWatch Logs and wherever else its files say.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs.aws_values import IMAGE
from worker_service.inputs.rows import Default, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import ListOf, Text, Whole
from worker_service.service.choices import DependencyCondition
from worker_service.service.secrets import ENVIRONMENT, SECRETS
from worker_service.service.sidecars import Sidecar

#: The build of Fluent Bit that reads its files from S3 when it starts, which Fargate itself does not.
#: https://github.com/aws/aws-for-fluent-bit/tree/mainline/use_cases/init-process-for-fluent-bit
_IMAGE = "public.ecr.aws/aws-observability/aws-for-fluent-bit:init-2.32.5.20250422"
#: AWS's image listens at a socket as root.
_USER = "0:1337"
_FILE = Text(
    1, 2_048, r"arn:aws[a-z-]*:s3:::[a-z0-9.-]{3,63}/.+\.conf", "the ARN of an object in S3 whose key ends in .conf"
)


class LogRouter(TypedDict):
    """How the worker's log is routed. It is in CloudWatch Logs in any case, where alarms and metrics read it."""

    config_file_arns: NotRequired[Annotated[Sequence[str], ListOf(_FILE, maximum_items=10), Default(())]]
    """Fluent Bit's configuration files in S3, with the filters and outputs that are yours; the worker's log has the tag
    worker-firelens-*. Default none."""
    environment: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], ENVIRONMENT, Default({})]]
    """Variables that these files use. Default none."""
    secrets: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], SECRETS, Default({})]]
    """Variables that ECS reads when a task starts, as the service's own secrets. Default none."""
    image: NotRequired[Annotated[pulumi.Input[str], IMAGE, Default(_IMAGE)]]
    """Image of the router, 1 to 200 characters. Default
    public.ecr.aws/aws-observability/aws-for-fluent-bit:init-2.32.5.20250422, AWS's own build."""
    memory: NotRequired[Annotated[int, Whole(64, 8_192), Default(128)]]
    """MiB of the task's memory that the router may take, 64 to 8,192. Default 128."""


_ROWS = rows_of(LogRouter)
LOG_ROUTER = fields_of(_ROWS)


def router_sidecar(given: Mapping[str, Any]) -> Sidecar:
    """The router. A task ends with it: a worker whose log goes nowhere is blind."""
    router = {**defaults_of(_ROWS), **given}
    files = {f"aws_fluent_bit_init_s3_{index}": arn for index, arn in enumerate(router["config_file_arns"], start=1)}
    return {
        "image": router["image"],
        "user": _USER,
        # It writes its configuration when it starts.
        "read_only_root": False,
        "environment": {**router["environment"], **files},
        "secrets": router["secrets"],
        "memory": router["memory"],
        # ECS itself would see to that only where the worker waited for nothing else.
        "worker_waits_for": DependencyCondition.START,
    }


def routed_log(log_group_name: str, region: str, stream_prefix: str) -> dict[str, Any]:
    """Through the router into CloudWatch Logs, as a container definition says it.

    https://docs.fluentbit.io/manual/pipeline/outputs/cloudwatch
    """
    return {
        "logDriver": "awsfirelens",
        "options": {
            "Name": "cloudwatch_logs",
            "region": region,
            "log_group_name": log_group_name,
            "log_stream_prefix": f"{stream_prefix}/",
            "auto_create_group": "false",
            # The worker's own line alone, so that metric filters and embedded metrics read what they always do.
            "log_key": "log",
            "log_format": "json/emf",
        },
    }


def as_router(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The container's definition, as that of the router."""
    firelens = {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "false"}}
    # AWS's image is made for root as containers usually have it.
    return {**definition, "linuxParameters": {"initProcessEnabled": True}, "firelensConfiguration": firelens}


def config_files(args: Mapping[str, Any]) -> Sequence[str]:
    """The files that the router reads, by their ARNs."""
    return args.get("log_router", {}).get("config_file_arns", ())
