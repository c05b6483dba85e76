"""Hooks of the ECS service: a command before a deployment, and the truth after it.

Hooks run where the program runs, in every Pulumi language, and leave nothing in state. They act as the service's
provider does: the stack's own, by its `aws:*` config, or an explicit one, by its settings.
"""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi
from pulumi.runtime import get_config

from worker_service.aws_session import AWS_ERRORS, Read, aws_session, session_problems
from worker_service.explicit_provider import provider_settings
from worker_service.inputs.arns import place_of
from worker_service.service.deployment.one_off_task import OneOffTask, run_pre_deploy
from worker_service.service.deployment.service_report import what_runs, why_not

_SERVICE = "aws:ecs/service:Service"
_T = TypeVar("_T")
_Report = Callable[[str], None]


class DeploymentHooks:
    """What is done and told around deployments of one service."""

    def __init__(
        self,
        name: str,
        *,
        pre_deploys: bool,
        pre_deploy_timeout_minutes: int,
        component: pulumi.ComponentResource,
    ) -> None:
        """`component` has the service, and is whom the lines are told of.

        With `pre_deploys` the task definition has a command to run first.
        """
        self._name = name
        self._pre_deploys = pre_deploys
        self._timeout_seconds = 60 * pre_deploy_timeout_minutes
        self._resource = component
        self._provider = component.get_provider(_SERVICE)

    def binding(self) -> pulumi.ResourceHookBinding:
        """For the options of the ECS service."""
        before = [self._hook("before", self._before)] if self._pre_deploys else []
        after = [self._hook("after", self._after)]
        failed = [pulumi.ErrorHook(f"{self._name}-failed", self._failed)]
        return pulumi.ResourceHookBinding(
            before_create=before, before_update=before, after_create=after, after_update=after, on_error=failed
        )

    def _hook(self, when: str, run: Any) -> pulumi.ResourceHook:
        return pulumi.ResourceHook(f"{self._name}-{when}", run)

    async def _before(self, args: pulumi.ResourceHookArgs) -> None:
        """Raises PreDeployError, which fails the service before anything of it is changed."""
        new, old = args.new_inputs or {}, args.old_inputs or {}
        if new["taskDefinition"] == old.get("taskDefinition"):
            return
        task = OneOffTask(
            new["cluster"], new["taskDefinition"], new["networkConfiguration"], self._name, self._timeout_seconds
        )
        read = await self._settings()
        await self._in_thread(lambda report: run_pre_deploy(*_clients(read, task.cluster_arn), task, report))

    async def _after(self, args: pulumi.ResourceHookArgs) -> None:
        new = args.new_outputs or {}

        def tell(read: Read, report: _Report) -> None:
            ecs, _ = _clients(read, new["cluster"])
            report(what_runs(ecs, self._name, new["cluster"], new["arn"]))

        await self._told(tell)

    async def _failed(self, args: pulumi.ErrorHookArgs) -> bool:
        """Never tries again: ECS has tried for as long as it may."""
        new = args.new_inputs or {}
        if args.failed_operation not in ("create", "update") or "taskDefinition" not in new:
            return False

        def tell(read: Read, report: _Report) -> None:
            ecs, logs = _clients(read, new["cluster"])
            arn = args.id or _newest_service(ecs, new["cluster"], self._name)
            if arn is not None:
                report(why_not(ecs, logs, self._name, new["cluster"], arn, new["taskDefinition"]))

        await self._told(tell, pulumi.log.error)
        return False

    async def _settings(self) -> Read:
        """How the service's provider is configured."""
        if self._provider is None:
            return lambda key: get_config(f"aws:{key}")
        settings = await provider_settings(self._provider).future()
        return (settings or {}).get

    async def _told(self, tell: Callable[[Read, _Report], None], log: Any = pulumi.log.info) -> None:
        """What cannot be looked at fails no deployment that has its own verdict already."""
        try:
            read = await self._settings()
            await self._in_thread(lambda report: tell(read, report), log)
        except (*AWS_ERRORS, ValueError) as error:
            pulumi.log.warn(f"{self._name}: what runs cannot be looked at: {error}", self._resource)

    async def _in_thread(self, work: Callable[[_Report], _T], log: Any = pulumi.log.info) -> _T:
        """Work that waits, while the program goes on; its lines are told as they come."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def report(line: str) -> None:
            loop.call_soon_threadsafe(log, line, self._resource, context=context)

        return await asyncio.to_thread(work, report)


def _clients(read: Read, cluster_arn: str) -> tuple[Any, Any]:
    """Of ECS and CloudWatch Logs. Raises ValueError where they cannot act as the provider does."""
    if problems := session_problems(read):
        raise ValueError("; ".join(problems))
    session = aws_session(read, place_of(cluster_arn).region)
    return session.client("ecs"), session.client("logs")


def _newest_service(ecs: Any, cluster_arn: str, name: str) -> str | None:
    """The service of a creation that failed, whose name nobody has been told."""
    arns = ecs.list_services(cluster=cluster_arn, maxResults=100)["serviceArns"]
    ours = [arn for arn in arns if arn.rpartition("/")[2].startswith(f"{name}-service-")]
    services = ecs.describe_services(cluster=cluster_arn, services=ours[:10])["services"] if ours else []
    newest: Mapping[str, Any] | None = max(services, key=lambda service: service["createdAt"], default=None)
    return newest["serviceArn"] if newest else None
