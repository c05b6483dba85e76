"""Publishes every 10 seconds how many tasks the messages need, for scaling out faster than SQS's metrics allow.

The line is in the embedded metric format, at a resolution of one second. Namespace `WorkerService`, dimension
`QueueName`:

| metric | what it says |
|---|---|
| Demand | tasks that waiting and in-flight messages need; the latter as their mean over a minute |
| Shortfall | Demand less the service's desired count, at least 0 |
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from worker_runtime.telemetry.json_log import EventLog
from worker_runtime.telemetry.metrics import NAMESPACE
from worker_runtime.settings import Settings

_PUBLISH_SECONDS = 10.0
_SAMPLES_PER_MINUTE = 6
_CALL_SECONDS = 5.0
_ATTRIBUTES = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class Reading(NamedTuple):
    """What SQS and ECS say at one moment."""

    visible: int
    in_flight: int
    desired_count: int


@contextmanager
def demand_published(settings: Settings, log: EventLog) -> Iterator[None]:
    """Publish while the worker runs, if the settings say so and this is a task of ECS."""
    if not settings.publish_demand or settings.metadata_uri is None:
        yield
        return
    publisher = DemandPublisher(settings, ServiceReader(settings), log)
    publisher.start()
    try:
        yield
    finally:
        publisher.close()


class DemandPublisher:
    """Writes the line; what fails is logged when it begins to, tried again, and harms nothing."""

    def __init__(self, settings: Settings, read: Callable[[], Reading], log: EventLog) -> None:
        self._settings = settings
        self._read = read
        self._log = log
        self._in_flight: deque[int] = deque(maxlen=_SAMPLES_PER_MINUTE)
        self._failing = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demand", daemon=True)

    def start(self) -> None:
        """Start publishing."""
        self._thread.start()

    def close(self) -> None:
        """Stop publishing; a call under way is not waited for."""
        self._closed.set()

    def publish(self) -> None:
        """Read once and write a line."""
        try:
            reading = self._read()
        except Exception as error:  # whatever a call raises: the messages matter more
            if not self._failing:
                self._log.event("demand_failed", "WARNING", error=f"{type(error).__name__}: {error}")
            self._failing = True
            return
        self._failing = False
        self._in_flight.append(reading.in_flight)
        self._log.line(self._line(self._demand(reading.visible), reading.desired_count))

    def _run(self) -> None:
        while not self._closed.wait(_PUBLISH_SECONDS):
            self.publish()

    def _demand(self, visible: int) -> int:
        in_flight = sum(self._in_flight) / len(self._in_flight)
        settings = self._settings
        return math.ceil(visible * settings.demand_per_visible + in_flight * settings.demand_per_in_flight)

    def _line(self, demand: int, desired_count: int) -> dict[str, Any]:
        values = {"Demand": demand, "Shortfall": max(0, demand - desired_count)}
        definitions = [{"Name": name, "Unit": "Count", "StorageResolution": 1} for name in values]
        directive = {"Namespace": NAMESPACE, "Dimensions": [["QueueName"]], "Metrics": definitions}
        return {
            "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
            "action": "demand",
            "QueueName": self._settings.queue_name,
            **values,
        }


class ServiceReader:
    """Reads the queue, and the service that this task belongs to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: dict[str, Any] = {}
        self._service: tuple[str, str] | None = None

    def __call__(self) -> Reading:
        """Read both. Raises what the calls raise."""
        cluster, service = self._service = self._service or self._find_service()
        queue = self._client("sqs").get_queue_attributes(
            QueueUrl=self._settings.queue_uri, AttributeNames=list(_ATTRIBUTES)
        )["Attributes"]
        described = self._client("ecs").describe_services(cluster=cluster, services=[service])["services"]
        visible, in_flight = (int(queue[name]) for name in _ATTRIBUTES)
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
            import boto3  # noqa: PLC0415 - loaded by then, and not by those who only read this module's names
            from botocore.config import Config  # noqa: PLC0415

            config = Config(
                connect_timeout=_CALL_SECONDS, read_timeout=_CALL_SECONDS, retries={"total_max_attempts": 1}
            )
            session = boto3.Session()
            self._clients[service] = session.client(service, region_name=self._settings.queue_region, config=config)
        return self._clients[service]
