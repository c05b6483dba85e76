"""What SQS and ECS say of the queues and of the service that this task belongs to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from worker_runtime.settings import Settings

_CALL_SECONDS = 5.0
_ATTRIBUTES = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class Reading(NamedTuple):
    """What SQS and ECS say at one moment."""

    visible: Sequence[int]
    """Of each queue."""
    in_flight: Sequence[int]
    """Of each queue."""
    desired_count: int


class ServiceReader:
    """Reads the queues, and the service that this task belongs to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: dict[str, Any] = {}
        self._service: tuple[str, str] | None = None

    def __call__(self) -> Reading:
        """Read them. Raises what the calls raise."""
        cluster, service = self._service = self._service or self._find_service()
        sqs = self._client("sqs")
        queues = [
            sqs.get_queue_attributes(QueueUrl=queue.uri, AttributeNames=list(_ATTRIBUTES))["Attributes"]
            for queue in self._settings.queues
        ]
        described = self._client("ecs").describe_services(cluster=cluster, services=[service])["services"]
        visible, in_flight = ([int(queue[name]) for queue in queues] for name in _ATTRIBUTES)
        return Reading(visible, in_flight, described[0]["desiredCount"])

    def _find_service(self) -> tuple[str, str]:
        """Cluster and service. Fargate's metadata names the task alone, and the task names its service."""
        import urllib.request  # noqa: PLC0415 - a tenth of the start-up time, for something seldom used

        uri = f"{self._settings.metadata_uri}/task"
        with urllib.request.urlopen(uri, timeout=_CALL_SECONDS) as answer:  # noqa: S310 - the ECS agent's address
            task = json.load(answer)
        cluster, arn = task["Cluster"], task["TaskARN"]
        described = self._client("ecs").describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        return cluster, described[0]["group"].removeprefix("service:")

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            # Loaded by then, and not by those who only read this module's names.
            from botocore.config import Config  # noqa: PLC0415
            from botocore.session import get_session  # noqa: PLC0415

            config = Config(
                connect_timeout=_CALL_SECONDS, read_timeout=_CALL_SECONDS, retries={"total_max_attempts": 1}
            )
            self._clients[service] = get_session().create_client(
                service, region_name=self._settings.queue_region, config=config
            )
        return self._clients[service]
