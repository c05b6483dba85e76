"""FargateService: the task definition, its security group, and the service that runs it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.inputs.aws_values import Architecture
from worker_service.inputs.names import stack_wide_name
from worker_service.service.deployment.deployment_hooks import DeploymentHooks
from worker_service.service.execute_command import agent_volumes
from worker_service.service.fargate_sizes import FargateSize
from worker_service.service.networking import egress_rules, service_connect_client
from worker_service.service.task_options import EFS_PORT, EfsVolume, Spot, capacity, efs_volumes


class FargateService(pulumi.ComponentResource):
    """An ECS service on Fargate that nothing can connect to."""

    service_arn: pulumi.Output[str]
    """ARN of the service."""
    service_name: pulumi.Output[str]
    """Name of the service."""
    task_definition_arn: pulumi.Output[str]
    """ARN of the task definition's revision."""
    security_group_id: pulumi.Output[str]
    """Id of the tasks' security group."""

    def __init__(
        self,
        name: str,
        *,
        cluster_arn: pulumi.Input[str],
        vpc_id: pulumi.Input[str],
        subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        assign_public_ip: bool,
        containers: pulumi.Input[Sequence[Mapping[str, Any]]],
        volume_names: Sequence[str],
        size: FargateSize,
        security_group_ids: Sequence[pulumi.Input[str]],
        task_role_arn: pulumi.Input[str],
        execution_role_arn: pulumi.Input[str],
        rollback_alarm_names: Sequence[pulumi.Input[str]],
        minimum_healthy_percent: int,
        maximum_percent: int,
        deployment_timeout_minutes: int,
        desired_count: int,
        architecture: Architecture,
        spot: Spot | None,
        ephemeral_storage_gib: int | None,
        efs: Mapping[str, EfsVolume],
        platform_version: str,
        egress_ports: Sequence[int],
        ipv6: bool,
        service_connect: bool,
        enable_execute_command: bool,
        start_after: Sequence[pulumi.Resource],
        pre_deploys: bool,
        pre_deploy_timeout_minutes: int,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`rollback_alarm_names` end a deployment, which is waited for as long as `deployment_timeout_minutes`.

        `volume_names` are the containers' own empty directories. `start_after` must exist before the first task starts.
        With `pre_deploys` the task definition has a command that runs before each deployment.
        """
        super().__init__("workers:index:FargateService", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        security_group = aws.ec2.SecurityGroup(
            f"{name}-security-group",
            description=f"Tasks of the worker service {name}: egress only",
            vpc_id=vpc_id,
            # EFS's port may be among the others.
            egress=egress_rules(list(dict.fromkeys([*egress_ports, *([EFS_PORT] if efs else [])])), ipv6=ipv6),
            tags=tags,
            opts=child,
        )
        task_definition = aws.ecs.TaskDefinition(
            f"{name}-task-definition",
            # Revisions of one family are shared by all who use its name, so it names project and stack too.
            family=stack_wide_name(pulumi.get_project(), pulumi.get_stack(), name),
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(size.cpu_units),
            memory=str(size.memory_mib),
            runtime_platform={
                "operating_system_family": "LINUX",
                "cpu_architecture": architecture.value,
            },
            task_role_arn=task_role_arn,
            execution_role_arn=execution_role_arn,
            volumes=[
                *(aws.ecs.TaskDefinitionVolumeArgs(name=volume_name) for volume_name in volume_names),
                *efs_volumes(efs),
                *agent_volumes(enabled=enable_execute_command),
            ],
            ephemeral_storage={"size_in_gib": ephemeral_storage_gib} if ephemeral_storage_gib else None,
            container_definitions=pulumi.Output.json_dumps(containers),
            # A rollback needs the old revision, and ECS starts no task of a deregistered one.
            skip_destroy=True,
            tags=tags,
            opts=child,
        )
        hooks = DeploymentHooks(
            name,
            pre_deploys=pre_deploys,
            pre_deploy_timeout_minutes=pre_deploy_timeout_minutes,
            component=self,
        )
        timeout = f"{deployment_timeout_minutes}m"
        service = aws.ecs.Service(
            f"{name}-service",
            cluster=cluster_arn,
            task_definition=task_definition.arn,
            desired_count=desired_count,
            **capacity(spot),
            platform_version=platform_version,
            deployment_minimum_healthy_percent=minimum_healthy_percent,
            deployment_maximum_percent=maximum_percent,
            deployment_circuit_breaker={"enable": True, "rollback": True},
            alarms=_rollback_on(rollback_alarm_names),
            enable_execute_command=enable_execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            network_configuration={
                "subnets": subnet_ids,
                "security_groups": [security_group.id, *security_group_ids],
                "assign_public_ip": assign_public_ip,
            },
            service_connect_configuration=service_connect_client(service_connect),
            wait_for_steady_state=True,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=start_after,
                hooks=hooks.binding(),
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout, delete=timeout),
                # Scaling owns the number of tasks once the service runs.
                ignore_changes=["desiredCount"],
            ),
        )

        self.service_arn = service.arn
        self.service_name = service.name
        self.task_definition_arn = task_definition.arn
        self.security_group_id = security_group.id
        self.register_outputs(
            {
                "service_arn": self.service_arn,
                "service_name": self.service_name,
                "task_definition_arn": self.task_definition_arn,
                "security_group_id": self.security_group_id,
            }
        )


def _rollback_on(alarm_names: Sequence[pulumi.Input[str]]) -> aws.ecs.ServiceAlarmsArgs:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html"""
    # Left out of an update, the alarms of before stay: https://github.com/aws/copilot-cli/issues/4565
    is_on = bool(alarm_names)
    return aws.ecs.ServiceAlarmsArgs(alarm_names=alarm_names, enable=is_on, rollback=is_on)
