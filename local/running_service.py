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
from local.workers.service_folder import GivenFolders, service_folder
from local.workers.service_python import service_python
from local.workers.task import Task, process_environment, read_task
from local.workers.task_secrets import read_environment_files, read_secrets
from local.workers.worker_process import Watcher, WorkerProcess
from local.workers.workers import MakeWorker, WorkerNumbers, Workers

#: Workers of one service that the box runs at most: they are processes of this machine.
MOST = 20


@dataclass(frozen=True)
class RunningService:
    """A service with its workers, which run the code in `folder`."""

    service: Service
    folder: Path
    workers: Workers


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
        numbers = WorkerNumbers()
        tasks = [self._task(service) for service in services]
        folders = [
            service_folder(service.name, task.image, self.built, self.given)
            for service, task in zip(services, tasks, strict=True)
        ]
        self._empty_logs()
        return [
            RunningService(
                service, folder, Workers(self._maker(service, task, folder), numbers, min(task.desired_count, MOST))
            )
            for service, task, folder in zip(services, tasks, folders, strict=True)
        ]

    def redeploy(self, running: RunningService) -> None:
        """Replace its workers by those of the task that ECS names now. Raises BoxError, and then leaves them."""
        task = self._task(running.service)
        running.workers.replace(self._maker(running.service, task, running.folder))

    def _task(self, service: Service) -> Task:
        return read_task(self.aws, service.cluster_arn, service.ecs_service_name)

    def _read(self, service_name: str, task: Task) -> dict[str, str]:
        """The variables of the task's environment files and its secrets, read as ECS reads them."""
        if not task.secrets and not task.environment_files:
            return {}
        try:
            credentials = self.emulator.task_credentials(task.execution_role_arn)
        except PermissionError as error:
            raise BoxError(f"no task could start: {error}") from None
        aws = Aws(self.aws.endpoint_url, self.aws.region, credentials)
        files = read_environment_files(aws, service_name, task.environment_files)
        return {**files, **read_secrets(aws, service_name, task.secrets)}

    def _maker(self, service: Service, task: Task, folder: Path) -> MakeWorker:
        """Makes workers of the task."""
        read = self._read(service.name, task)
        try:
            credentials = self.emulator.task_credentials(task.task_role_arn)
        except PermissionError as error:
            raise BoxError(f"no task could start: {error}") from None
        python = service_python(folder, self.directory / "environments", self.screen)

        def make(number: int) -> WorkerProcess:
            temporary_path = str(self.directory / "tmp" / f"worker-{number}")
            return WorkerProcess(
                number,
                task.command,
                process_environment(task, read, self.aws, credentials, python, temporary_path),
                folder,
                task.stop_timeout_seconds,
                self.directory / "logs" / f"worker-{number}.log",
                self.watcher,
                task.health_check,
            )

        return make

    def _empty_logs(self) -> None:
        logs = self.directory / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for old in logs.glob("worker-*.log"):
            old.unlink()
