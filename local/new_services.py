"""Starts the worker services that an `up` from a second terminal adds, as ECS would start their tasks."""

from __future__ import annotations

from collections.abc import Callable

from local.aws import Aws
from local.box import Box
from local.engine.engine import registered_in
from local.engine.pulumi_cli import PulumiCli
from local.errors import BoxError
from local.provisioner import Registered
from local.running_service import RunningService
from local.service import Service
from local.worker_services import worker_services

#: Times that one is looked for in the engine's state, which has it a moment after ECS.
_LOOKS_MOST = 30


class NewServices:
    """Looks for ECS services that the box does not know."""

    def __init__(self, box: Box, pulumi: PulumiCli, say: Callable[[str], None]) -> None:
        self._box = box
        self._pulumi = pulumi
        self._say = say
        self._looks = dict.fromkeys(_service_arns(box.aws), _LOOKS_MOST)

    def look(self) -> list[RunningService]:
        """Those that were added since the last look, started."""
        unknown = [arn for arn in _service_arns(self._box.aws) if self._looks.get(arn, 0) < _LOOKS_MOST]
        for arn in unknown:
            self._looks[arn] = self._looks.get(arn, 0) + 1
        if not unknown:
            return []
        try:
            registered = registered_in(self._pulumi)
            services = worker_services(self._box.aws, registered)
        except BoxError as error:
            self._say(f"a service is new, and does not run: {error}")
            self._looks |= dict.fromkeys(unknown, _LOOKS_MOST)
            return []
        known = {one.state.get("arn") for one in registered}
        self._looks |= {arn: _LOOKS_MOST for arn in unknown if arn in known}
        added = [service for service in services if any(_is_of(arn, service) for arn in unknown)]
        return [running for service in added if (running := self._started(service, registered))]

    def _started(self, service: Service, registered: list[Registered]) -> RunningService | None:
        try:
            running = self._box.add(service, registered)
            running.start()
        except BoxError as error:
            self._say(f"{service.name} is new, and does not run: {error}")
            return None
        count = "1 worker runs" if len(running.workers) == 1 else f"{len(running.workers)} workers run"
        self._say(f"{service.name} is new: {count} the code in {running.folder}; load the page again to see it")
        return running


def _service_arns(aws: Aws) -> list[str]:
    ecs = aws.client("ecs")
    clusters = [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    return [
        arn
        for cluster in clusters
        for page in ecs.get_paginator("list_services").paginate(cluster=cluster)
        for arn in page["serviceArns"]
    ]


def _is_of(arn: str, service: Service) -> bool:
    """arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE."""
    return arn.endswith(f":service/{service.cluster_arn.rpartition('/')[2]}/{service.ecs_service_name}")
