"""The containers of a task: the worker's first, and the sidecars."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from worker_service.inputs.arns import place_of
from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.container import container_definition
from worker_service.service.copilot_variables import copilot_variables
from worker_service.service.handler_stores import HandlerStores
from worker_service.service.health_check import container_health_check
from worker_service.service.log_group import LogGroup
from worker_service.service.log_router import as_router
from worker_service.service.networking import dual_stack_variables
from worker_service.service.open_telemetry import telemetry_variables
from worker_service.service.queues_variable import queues_variable
from worker_service.service.scaling.scaling_settings import ScalingSettings
from worker_service.service.sidecar_container import sidecar_definition
from worker_service.service.sidecars import LOG_ROUTER, Sidecar, complete, worker_dependencies
from worker_service.service.task_options import container_options


def task_containers(
    name: str,
    args: Mapping[str, Any],
    *,
    topic_arn: pulumi.Output[str],
    topic_arns: Mapping[str, pulumi.Output[str]],
    queues: Sequence[ConsumedQueue],
    logs: LogGroup,
    sidecars: Mapping[str, Sidecar],
    scaling: ScalingSettings,
    stores: HandlerStores,
) -> pulumi.Output[list[dict[str, Any]]]:
    """Their definitions, of the service of this name, once everything that they name is known."""
    main = queues[0]
    worker = pulumi.Output.all(
        image=args["image"],
        handler=args.get("handler"),
        queues=queues_variable(args, queues, topic_arns, scaling.published_demand),
        environment={
            **_unless_secret(args, {**dual_stack_variables(args), **telemetry_variables(args, name)}),
            **stores.variables,
            **copilot_variables(args, queues),
        },
        secrets=args["secrets"],
        topic_arn=topic_arn,
        queue_arn=main.queue_arn,
        queue_url=main.queue_url,
        queue_name=main.queue_name,
        log_group_name=logs.name,
        concurrency=args["concurrency"],
        processes=args["processes"],
        batch_size=args.get("batch_size"),
        scale_in_protection=scaling.scale_in_protection,
        options=container_options(args),
        efs_volumes=args["efs_volumes"],
        health_check=container_health_check(args["health_check"]),
        circuit_breaker_percent=args["circuit_breaker_percent"],
        error_texts=args["error_texts"],
        execute_command=args["enable_execute_command"],
        dependencies=worker_dependencies(sidecars),
        is_routed="log_router" in args,
    ).apply(lambda known: container_definition(**known, published_demand=scaling.published_demand))
    beside = pulumi.Output.all(
        sidecars=complete(sidecars),
        worker_image=args["image"],
        log_group_name=logs.name,
        cluster_arn=args["cluster_arn"],
    ).apply(lambda known: _sidecar_definitions(**known))
    return pulumi.Output.all(worker, beside).apply(lambda known: [known[0], *known[1]])


def _unless_secret(args: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, str]:
    """Those that the user does not give: ECS takes no variable that is a secret too."""
    return {name: value for name, value in variables.items() if name not in args["secrets"]}


def _sidecar_definitions(
    sidecars: Mapping[str, Mapping[str, Any]], worker_image: str, log_group_name: str, cluster_arn: str
) -> list[dict[str, Any]]:
    shared = {
        "worker_image": worker_image,
        "log_group_name": log_group_name,
        "region": place_of(cluster_arn).region,
    }
    definitions = {name: sidecar_definition(name, sidecar, **shared) for name, sidecar in sidecars.items()}
    if LOG_ROUTER in definitions:
        definitions[LOG_ROUTER] = as_router(definitions[LOG_ROUTER])
    return list(definitions.values())
