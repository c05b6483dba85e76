"""Which sidecars of a service the box runs, and what it says of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from local.screen import Screen
from local.sidecar_processes import sidecar_processes
from local.task_processes import TaskProcesses
from local.workers.container import Container
from local.workers.task import Task
from local.workers.worker_process import WorkerProcess
from local.workers.workers import WorkerNumbers, Workers


class _Made:
    """TaskProcesses that makes nothing: which containers it is asked for counts."""

    service_name = "orders"

    def __init__(self, *sidecars: Container) -> None:
        worker = Container.read({"name": "worker", "image": "orders:1"})
        self.task = Task(1, 1, worker, list(sidecars), "role", "execution")
        self.asked: list[tuple[str, Path, bool]] = []

    def one(self, container: Container, folder: Path, _watcher: Any, *, restarts: bool) -> Any:
        self.asked.append((container.name, folder, restarts))
        return object()


def _no_worker(number: int) -> WorkerProcess:
    raise AssertionError(f"worker {number} is not asked for")


def _container(name: str, image: str, **more: Any) -> Container:
    return Container.read({"name": name, "image": image, **more})


def test_those_with_code_and_a_command_run_and_the_others_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = _Made(
        _container("rates", "orders:1", command=["rates"]),
        _container("prepare", "orders:1", command=["prepare"], essential=False),
        _container("otel-collector", "collector:1"),
        _container("silent", "orders:1"),
    )

    sidecars = sidecar_processes(
        cast("TaskProcesses", made), {"orders:1": tmp_path}, Workers(_no_worker, WorkerNumbers(), 0), Screen()
    )

    assert made.asked == [("rates", tmp_path, True), ("prepare", tmp_path, False)]
    assert list(sidecars.processes) == ["rates", "prepare"]
    left_out = "it does not run here, and nothing waits for it"
    assert capsys.readouterr().out.splitlines() == [
        f"orders: its sidecar otel-collector runs the image collector:1: {left_out}",
        f"orders: its sidecar silent has no command, and images are not read: {left_out}",
    ]
