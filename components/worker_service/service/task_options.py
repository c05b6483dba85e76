"""What a task may have beside its defaults: Spot capacity, storage, file systems, and how its container starts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from worker_service.inputs.rows import Default, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import Flag, ListOf, MapOf, Text, Whole
from worker_service.service.execute_command import agent_paths

#: The longest that Fargate waits between SIGTERM and SIGKILL.
#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
MAX_STOP_TIMEOUT_SECONDS = 120
#: Numeric, so that it works in any image; the worker's Dockerfile has the same.
NON_ROOT_USER = "10001"
#: Program and arguments, as ECS takes them without a shell.
WORDS = ListOf(Text(1, 1_000), minimum_items=1, maximum_items=50, is_distinct=False)
USER = Text(1, 64, r"[a-z0-9_][a-z0-9_-]*(:[a-z0-9_][a-z0-9_-]*)?", "a user, or user:group, by number or name")
PLATFORM_VERSION = Text(5, 10, r"LATEST|1\.[0-9]+\.[0-9]+", "LATEST or a platform version such as 1.4.0")
ENVIRONMENT_FILE = Text(
    1, 2_048, r"arn:aws[a-z-]*:s3:::[a-z0-9.-]{3,63}/.+\.env", "the ARN of an object in S3 whose key ends in .env"
)
#: The worker container's label that holds the command before a deployment.
COMMAND_LABEL = "worker-service.pre-deploy-command"
#: NFS, which EFS is reached by.
EFS_PORT = 2_049


class Spot(TypedDict):
    """How tasks are spread over Fargate and Fargate Spot. Each key may be left out."""

    on_demand_base: NotRequired[Annotated[int, Whole(0, 5_000), Default(0)]]
    """Tasks that run on Fargate before the weights count, 0 to 5,000. Default 0."""
    on_demand_weight: NotRequired[Annotated[int, Whole(0, 1_000), Default(0)]]
    """Share of the others on Fargate, against spot_weight, 0 to 1,000. Default 0."""
    spot_weight: NotRequired[Annotated[int, Whole(0, 1_000), Default(1)]]
    """Share of the others on Fargate Spot, against on_demand_weight, 0 to 1,000. Default 1."""


_SPOT_ROWS = rows_of(Spot)
SPOT = fields_of(_SPOT_ROWS)


class EfsVolume(TypedDict):
    """A file system in the container, by an access point, with IAM and encrypted on its way."""

    file_system_id: Annotated[str, Text(1, 64, r"fs-[0-9a-f]+", "a file system's id such as fs-0a1b2c3d")]
    """The file system; its mount targets must let the tasks' security group in at TCP 2049."""
    access_point_id: Annotated[str, Text(1, 64, r"fsap-[0-9a-f]+", "an access point's id such as fsap-0a1b2c3d")]
    """The access point, which says as which user files are read and written."""
    container_path: Annotated[str, Text(2, 255, r"/[\w./-]+", "an absolute path in the container")]
    """Where it is in the container."""
    read_only: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Only read. Default false."""


EFS_VOLUMES = MapOf(
    Text(1, 40, r"(?!tmp$|exec-)[a-z][a-z0-9-]*", "1 to 40 of a-z, 0-9 and -, not tmp or exec-..."),
    fields_of(rows_of(EfsVolume)),
    maximum_entries=10,
)


def capacity(spot: Spot | None) -> dict[str, Any]:
    """What an ECS service says of it: always a strategy, for what has a launch type may not say which providers.

    The provider asks for force_new_deployment with a change of it.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    strategy = aws.ecs.ServiceCapacityProviderStrategyArgs
    if spot is None:
        strategies = [strategy(capacity_provider="FARGATE", weight=1)]
    else:
        given = {**defaults_of(_SPOT_ROWS), **spot}
        strategies = [
            strategy(capacity_provider="FARGATE", base=given["on_demand_base"], weight=given["on_demand_weight"]),
            strategy(capacity_provider="FARGATE_SPOT", weight=given["spot_weight"]),
        ]
    return {"capacity_provider_strategies": strategies, "force_new_deployment": True}


def efs_volumes(volumes: Mapping[str, EfsVolume]) -> list[aws.ecs.TaskDefinitionVolumeArgs]:
    """As a task definition has them."""
    return [
        aws.ecs.TaskDefinitionVolumeArgs(
            name=name,
            efs_volume_configuration=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs(
                file_system_id=volume["file_system_id"],
                transit_encryption="ENABLED",
                authorization_config=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs(
                    access_point_id=volume["access_point_id"], iam="ENABLED"
                ),
            ),
        )
        for name, volume in volumes.items()
    ]


def container_options(args: Mapping[str, Any]) -> dict[str, Any]:
    """What a container definition says of how it starts and ends, as ECS takes it."""
    limit = args.get("open_files_limit")
    return {
        "user": args["user"],
        "stopTimeout": args["stop_timeout_seconds"],
        **({"entryPoint": list(args["entry_point"])} if "entry_point" in args else {}),
        **({"command": list(args["command"])} if "command" in args else {}),
        **({"ulimits": [{"name": "nofile", "softLimit": limit, "hardLimit": limit}]} if limit else {}),
        **_pre_deploy_label(args),
        **({"environmentFiles": _environment_files(args["environment_files"])} if args["environment_files"] else {}),
    }


def _pre_deploy_label(args: Mapping[str, Any]) -> dict[str, Any]:
    """The command before a deployment, where whoever deploys finds it."""
    command = args.get("pre_deploy_command")
    return {"dockerLabels": {COMMAND_LABEL: json.dumps(list(command))}} if command else {}


def _environment_files(arns: Sequence[pulumi.Input[str]]) -> list[dict[str, Any]]:
    return [{"value": arn, "type": "s3"} for arn in arns]


def task_option_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """A strategy without a weight starts nothing beyond its base; a path holds one volume."""
    spot = {**defaults_of(_SPOT_ROWS), **args.get("spot", {})}
    if "spot" in args and not spot["on_demand_weight"] and not spot["spot_weight"]:
        yield "spot: on_demand_weight and spot_weight are both 0; no task beyond on_demand_base could start"
    paths = [volume["container_path"].rstrip("/") for volume in args["efs_volumes"].values()]
    yield from (f"efs_volumes: {path} stands twice" for path in sorted({p for p in paths if paths.count(p) > 1}))
    own = ["/tmp", *agent_paths(enabled=args["enable_execute_command"])]  # noqa: S108 - the path in the container
    yield from (f"efs_volumes: {path} is the task's own volume" for path in paths if path in own)
