"""Which of AWS's services the tasks of a worker service call, beside those that every worker does."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi

from worker_service.service.secrets import stored_values


def endpoint_services(args: Mapping[str, Any]) -> Sequence[str]:
    """What an Environment with vpc_endpoints worker needs as vpc_endpoint_services for a service with these inputs.

    A handler's own calls are not known here, but for `publishes_to`. A secret whose ARN is an Output may be of either
    store, so both are named.
    """
    return sorted(set(_called(args)))


def _called(args: Mapping[str, Any]) -> Iterator[str]:
    if args.get("publishes_to"):
        yield "sns"
    # Fargate reads secrets from the task's own network interface.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
    for arn in stored_values(args):
        yield from (
            store for store in ("secretsmanager", "ssm") if isinstance(arn, pulumi.Output) or f":{store}:" in arn
        )
    if "open_telemetry" in args and "endpoint" not in args["open_telemetry"]:
        yield "xray"
    if args.get("enable_execute_command"):
        yield "ssmmessages"
        if args.get("execute_command_kms_key_arn"):
            yield "kms"
    if args.get("once_table"):
        yield "dynamodb"
    # Tasks ask how many of them are wanted. Scale-in protection goes through ECS's agent, which needs no endpoint.
    if args.get("fast_scaling"):
        yield "ecs"
