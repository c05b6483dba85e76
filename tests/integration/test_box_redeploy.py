"""A deployment in the box replaces all that a task has: its sidecars, too."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.errors import BoxError
from local.running_service import ServiceRunner
from local.screen import Screen
from local.service import Service
from local.workers.service_folder import GivenFolders
from local.workers.worker_process import Crash, Watcher
from local.workers.workers import stop_all
from tests.support.emulator import REGION, Cloud, wait_until
from worker_service.inputs.names import CONTAINER_NAME

STAYS = """
import os, time
open(os.environ['ROLE'], 'a').write(f"{os.environ['REVISION']} {os.getpid()}\\n")
time.sleep(600)
"""
FAILS = "raise SystemExit('no rates today')"


class Deployed:
    """An ECS service of a worker and a sidecar, which note the revision that started them, and its processes."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.folder = folder
        self._ecs = cloud.admin("ecs")
        self._role_arn = cloud.role()
        self._ecs.create_cluster(clusterName="orders")
        self._register("1")
        self._ecs.create_service(cluster="orders", serviceName="orders", taskDefinition="orders:1", desiredCount=1)
        cluster_arn = self._ecs.describe_clusters(clusters=["orders"])["clusters"][0]["clusterArn"]
        service = Service("orders", cluster_arn, "orders", "topic", "url", "arn", "dead url", "dead arn")
        self.crashes: list[Crash] = []
        self.runner = ServiceRunner(
            cloud.emulator,
            Aws(cloud.emulator.endpoint_url, REGION, ADMIN_CREDENTIALS),
            folder,
            {"orders:1": folder},
            GivenFolders(),
            Watcher(lambda *_: None, self.crashes.append),
            Screen(),
        )
        [self.running] = self.runner.prepare([service])
        self.running.start()

    def deploy(self, revision: str, sidecar: str = STAYS) -> None:
        self._register(revision, sidecar)
        self._ecs.update_service(cluster="orders", service="orders", taskDefinition=f"orders:{revision}")
        self.runner.redeploy(self.running)

    def noted(self, role: str) -> Callable[[], dict[str, int]]:
        """The process of each revision that began in the role."""

        def read() -> dict[str, int]:
            path = self.folder / role
            lines = path.read_text().splitlines() if path.exists() else []
            return {revision: int(process_id) for revision, process_id in (line.split() for line in lines)}

        return read

    def _register(self, revision: str, sidecar: str = STAYS) -> None:
        success = [{"containerName": "rates", "condition": "SUCCESS" if sidecar == FAILS else "START"}]
        self._ecs.register_task_definition(
            family="orders",
            taskRoleArn=self._role_arn,
            containerDefinitions=[
                self._container(CONTAINER_NAME, STAYS, revision, dependsOn=success),
                self._container("rates", sidecar, revision, essential=sidecar != FAILS),
            ],
        )

    def _container(self, name: str, code: str, revision: str, **more: Any) -> dict[str, Any]:
        environment = {"ROLE": str(self.folder / name), "REVISION": revision}
        if name == CONTAINER_NAME:
            environment |= {"QUEUE_URI": "url", "SNS_TOPIC_ARN": "topic"}
        return {
            "name": name,
            "image": "orders:1",
            "memory": 512,
            "command": [sys.executable, "-c", code],
            "environment": [{"name": key, "value": value} for key, value in environment.items()],
            **more,
        }


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    with Emulator() as emulator:
        deployed = Deployed(Cloud(emulator), tmp_path)
        yield deployed
        stop_all([deployed.running.workers])
        deployed.running.stop()


def test_a_new_revision_has_its_own_sidecars_and_those_before_are_gone(deployed: Deployed) -> None:
    workers, sidecars = deployed.noted(CONTAINER_NAME), deployed.noted("rates")
    wait_until(lambda: "1" in workers() and "1" in sidecars())

    deployed.deploy("2")

    wait_until(lambda: "2" in workers() and "2" in sidecars())
    wait_until(lambda: not _runs(workers()["1"]))
    assert not _runs(sidecars()["1"])
    assert _runs(sidecars()["2"])
    assert deployed.running.revision == 2


def test_an_essential_sidecar_of_a_new_revision_that_ends_restarts_the_workers_of_that_revision(
    deployed: Deployed,
) -> None:
    workers, sidecars = deployed.noted(CONTAINER_NAME), deployed.noted("rates")
    deployed.deploy("2")
    wait_until(lambda: "2" in workers() and "2" in sidecars())
    before = workers()["2"]

    os.kill(sidecars()["2"], signal.SIGKILL)

    wait_until(lambda: workers()["2"] != before)
    wait_until(lambda: not _runs(before))


def test_where_a_sidecar_fails_the_workers_and_sidecars_from_before_go_on(deployed: Deployed) -> None:
    workers, sidecars = deployed.noted(CONTAINER_NAME), deployed.noted("rates")
    wait_until(lambda: "1" in workers() and "1" in sidecars())
    before = sidecars()["1"]

    with pytest.raises(BoxError, match="orders: no task could start: orders's rates ended with exit code 1"):
        deployed.deploy("2", FAILS)

    wait_until(lambda: sidecars()["1"] != before)
    assert _runs(sidecars()["1"])
    assert list(workers()) == ["1"]
    assert _runs(workers()["1"])
    assert deployed.running.revision == 1


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
