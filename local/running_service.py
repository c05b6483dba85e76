"""A worker service as the box runs it: its code's folder, and the processes that stand for its tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from local.workers.workers import WorkerNumbers, Workers

#: Workers of one service that the box runs at most: they are processes of this machine.
MOST = 20


@dataclass
class RunningService:
    """A service with its workers, which run the code in `folder`, and the sidecars of the revision that runs."""

    service: Service
    folder: Path
    workers: Workers
    sidecars: Sidecars
    pre_deploy: WorkerProcess | None
    processes: TaskProcesses
    """Makes more of the revision that runs."""

    @property
    def revision(self) -> int:
        """The task definition's."""
        return self.processes.task.revision

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
    built: dict[str, Path]
    """Image -> the folder that the program builds it from."""
    given: GivenFolders
    watcher: Watcher
    screen: Screen
    numbers: WorkerNumbers = field(default_factory=WorkerNumbers)
    """Of the workers, from 1 over all services."""

    def prepare(self, services: list[Service]) -> list[RunningService]:
        """Every service ready to start. Raises BoxError."""
        self.given.check([service.name for service in services])
        self._empty_logs()
        return self.prepare_more(services)

    def prepare_more(self, services: list[Service]) -> list[RunningService]:
        """The same, beside those that run. Raises BoxError, and then none is."""
        tasks = [self._task(service) for service in services]
        folders = [
            service_folder(service.name, task.worker.image, self.built, self.given)
            for service, task in zip(services, tasks, strict=True)
        ]
        return [
            self._prepared(service, task, folder)
            for service, task, folder in zip(services, tasks, folders, strict=True)
        ]

    def redeploy(self, running: RunningService) -> None:
        """Replace its sidecars and workers by those of the task that ECS names now. Raises BoxError, and then leaves
        them."""
        processes = self._processes(running.service, self._task(running.service))
        make_worker = processes.worker_maker(running.folder, self.watcher)
        sidecars = self._sidecars(processes, running.folder, running.workers)
        # All tasks share this machine's ports, which those from before hold.
        running.sidecars.stop()
        try:
            sidecars.start_before_workers()
        except BoxError:
            sidecars.stop()
            running.sidecars = self._sidecars(running.processes, running.folder, running.workers)
            running.sidecars.start_before_workers()
            running.sidecars.start_after_workers()
            raise
        running.sidecars, running.processes = sidecars, processes
        running.workers.replace(make_worker)
        sidecars.start_after_workers()

    def _task(self, service: Service) -> Task:
        return read_task(self.aws, service.cluster_arn, service.ecs_service_name)

    def _processes(self, service: Service, task: Task) -> TaskProcesses:
        return TaskProcesses(self.emulator, self.aws, self.directory, self.screen, service.name, task)

    def _prepared(self, service: Service, task: Task, folder: Path) -> RunningService:
        processes = self._processes(service, task)
        workers = Workers(processes.worker_maker(folder, self.watcher), self.numbers, min(task.desired_count, MOST))
        sidecars = self._sidecars(processes, folder, workers)
        pre_deploy = processes.pre_deploy(folder, told_by(f"{service.name}'s pre_deploy_command", self.screen))
        return RunningService(service, folder, workers, sidecars, pre_deploy, processes)

    def _sidecars(self, processes: TaskProcesses, folder: Path, workers: Workers) -> Sidecars:
        folders = {**self.built, processes.task.worker.image: folder}
        return sidecar_processes(processes, folders, workers, self.screen)

    def _empty_logs(self) -> None:
        logs = self.directory / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for old in logs.glob("*.log"):
            old.unlink()
