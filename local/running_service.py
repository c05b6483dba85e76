"""A worker service as the box runs it: its code's folder, and the processes that stand for its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.aws import Aws
from local.emulator import Emulator
from local.errors import BoxError
from local.screen import Screen
from local.service import Service
from local.sidecar_processes import sidecar_processes, told_by
from local.task_processes import TaskProcesses
from local.workers.service_folder import GivenFolders, service_folder
from local.workers.sidecars import Sidecars
from local.workers.task import Task, read_task
from local.workers.worker_process import Watcher, WorkerProcess
from local.workers.workers import Workers


@dataclass(frozen=True)
class RunningService:
    """A service with its workers, which run the code in `folder`, and its sidecars."""

    service: Service
    folder: Path
    workers: Workers
    sidecars: Sidecars
    pre_deploy: WorkerProcess | None
    revision: int

    def start(self) -> None:
        """Start all in the order that the task definition asks for, a command before them. Raises BoxError."""
        self.sidecars.start_before_workers()
        if self.pre_deploy:
            self._run_before(self.pre_deploy)
        self.workers.start()
        self.sidecars.start_after_workers()

    def _run_before(self, command: WorkerProcess) -> None:
        command.start()
        command.wait()
        if command.failure:
            raise BoxError(f"{self.service.name}: nothing was deployed: {command.failure}")

    def what_runs(self) -> str:
        """What `pulumi up` would say at its end. Waits until each worker is well, or has failed."""
        healthy = sum(worker.wait_until_well() for worker in self.workers)
        return f"{self.service.name}: revision {self.revision} runs, {healthy} of {len(self.workers)} tasks healthy"

    def stop(self) -> None:
        """End what is there beside the workers, which are gone."""
        if self.pre_deploy:
            self.pre_deploy.stop()
            self.pre_deploy.wait()
        self.sidecars.stop()


@dataclass(frozen=True)
class ServiceRunner:
    """Makes running services of what is in the emulator. `directory` takes their logs, temporary files and Pythons."""

    emulator: Emulator
    aws: Aws
    directory: Path
    built: Mapping[str, Path]
    """Image -> the folder that the program builds it from."""
    given: GivenFolders
    watcher: Watcher
    screen: Screen

    def prepare(self, services: list[Service]) -> list[RunningService]:
        """Every service ready to start, its workers numbered from 1 over all of them. Raises BoxError."""
        self.given.check([service.name for service in services])
        tasks = [read_task(self.aws, service.cluster_arn, service.ecs_service_name) for service in services]
        folders = [
            service_folder(service.name, task.worker.image, self.built, self.given)
            for service, task in zip(services, tasks, strict=True)
        ]
        self._empty_logs()
        prepared: list[RunningService] = []
        first = 1
        for service, task, folder in zip(services, tasks, folders, strict=True):
            prepared.append(self._prepared(service, task, folder, first))
            first += task.desired_count
        return prepared

    def _prepared(self, service: Service, task: Task, folder: Path, first: int) -> RunningService:
        processes = TaskProcesses(self.emulator, self.aws, self.directory, self.screen, service.name, task)
        workers = Workers(processes.workers(folder, first, self.watcher))
        folders = {**self.built, task.worker.image: folder}
        sidecars = sidecar_processes(processes, folders, workers, self.screen)
        pre_deploy = processes.pre_deploy(folder, told_by(f"{service.name}'s pre_deploy_command", self.screen))
        return RunningService(service, folder, workers, sidecars, pre_deploy, task.revision)

    def _empty_logs(self) -> None:
        logs = self.directory / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for old in logs.glob("*.log"):
            old.unlink()
