"""Has a service's workers be what ECS says of it: as many, and of the revision and deployment that it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.ecs_service import describe_service
from local.emulator import Emulator
from local.errors import BoxError
from local.running_service import MOST, RunningService, ServiceRunner


class ServiceFollower:
    """Looks at one service whenever it is asked, and has its workers follow."""

    def __init__(self, running: RunningService, runner: ServiceRunner, say: Callable[[str], None]) -> None:
        self._running = running
        self._runner = runner
        self._say = say
        described = describe_service(runner.aws, running.service)
        self._deployment = described and _deployment(described)
        self._desired = described["desiredCount"] if described else 0

    def look(self, emulator: Emulator) -> None:
        """Follow a change since the last look, and tell ECS what runs."""
        described = describe_service(self._runner.aws, self._running.service)
        if described is None:
            self._drain()
            return
        if _deployment(described) != self._deployment:
            self._deployment = _deployment(described)
            self._redeploy(described["taskDefinition"].rpartition("/")[2])
        if described["desiredCount"] != self._desired:
            self._desired = described["desiredCount"]
            self._set_count(self._desired)
        service = self._running.service
        emulator.tell_running(service.cluster_arn, service.ecs_service_name, self._running.workers.running)

    def _drain(self) -> None:
        """Its service was deleted, and ECS stops what ran."""
        if self._desired:
            self._desired = 0
            self._running.workers.set_count(0)
            self._say(f"{self._running.service.name}: its ECS service is gone, and its workers drain")

    def _redeploy(self, revision: str) -> None:
        name = self._running.service.name
        try:
            self._runner.redeploy(self._running)
        except BoxError as error:
            self._say(f"{name}: {revision} is not deployed, and the workers stay as they are: {error}")
            return
        self._say(f"{name}: {revision} is deployed; new workers start, and those from before drain")

    def _set_count(self, desired: int) -> None:
        name = self._running.service.name
        self._running.workers.set_count(min(desired, MOST))
        bounded = f"; the box runs {MOST} at most" if desired > MOST else ""
        self._say(f"{name}: ECS wants {desired} task(s){bounded}")


def _deployment(described: dict[str, Any]) -> tuple[str, str]:
    """What a deployment is known by; one that is forced has the same revision."""
    deployments = described.get("deployments") or [{}]
    return described["taskDefinition"], str(deployments[0].get("id"))
