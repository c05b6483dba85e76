"""Workers follow what ECS says of their service."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.service import Service
from local.service_follower import ServiceFollower


def test_the_workers_of_a_service_that_is_deleted_drain() -> None:
    said: list[str] = []
    counts: list[int] = []
    with Emulator() as emulator:
        aws = Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)
        ecs = aws.client("ecs")
        cluster_arn = ecs.create_cluster(clusterName="orders")["cluster"]["clusterArn"]
        ecs.register_task_definition(
            family="orders", containerDefinitions=[{"name": "worker", "image": "orders:1", "memory": 512}]
        )
        ecs.create_service(cluster="orders", serviceName="orders", taskDefinition="orders", desiredCount=2)
        service = Service("orders", cluster_arn, "orders", "topic", "url", "arn", "dead url", "dead arn")
        workers = SimpleNamespace(running=2, set_count=counts.append)
        running, runner = SimpleNamespace(service=service, workers=workers), SimpleNamespace(aws=aws)
        follower = ServiceFollower(cast("Any", running), cast("Any", runner), said.append)
        follower.look(emulator)
        assert counts == []

        ecs.delete_service(cluster="orders", service="orders", force=True)
        follower.look(emulator)
        ecs.delete_cluster(cluster="orders")
        follower.look(emulator)

    assert counts == [0]
    assert said == ["orders: its ECS service is gone, and its workers drain"]
