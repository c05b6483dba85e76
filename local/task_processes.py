"""Makes the processes that stand for the containers of a service's tasks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local.aws import Aws
from local.emulator import Emulator
from local.errors import BoxError
from local.screen import Screen
from local.workers.container import IMAGE_COMMAND, Container
from local.workers.service_python import service_python
from local.workers.task import Task, process_environment
from local.workers.task_secrets import read_environment_files, read_secrets
from local.workers.worker_process import Watcher, WorkerProcess


@dataclass(frozen=True)
class TaskProcesses:
    """What the processes of one service have in common. `directory` takes their logs, temporary files and Pythons."""

    emulator: Emulator
    aws: Aws
    directory: Path
    screen: Screen
    service_name: str
    task: Task

    def workers(self, folder: Path, first: int, watcher: Watcher) -> list[WorkerProcess]:
        """As many as the service wants, numbered from `first`. Raises BoxError."""
        worker = self.task.worker
        read = self._read(worker)
        return [
            self._process(worker, folder, watcher, read, name=f"worker-{number}", number=number)
            for number in range(first, first + self.task.desired_count)
        ]

    def one(self, container: Container, folder: Path, watcher: Watcher, *, restarts: bool) -> WorkerProcess:
        """The process of another container. Raises BoxError."""
        title = f"{self.service_name}'s {container.name}"
        name = f"sidecar-{self.service_name}-{container.name}"
        read = self._read(container)
        return self._process(container, folder, watcher, read, name=name, title=title, restarts=restarts)

    def pre_deploy(self, folder: Path, watcher: Watcher) -> WorkerProcess | None:
        """The process of the command before a deployment; None where there is none. Raises BoxError."""
        container = self.task.worker
        if not container.pre_deploy_command:
            return None
        return self._process(
            container.before_deployments(),
            folder,
            watcher,
            self._read(container),
            name=f"pre-deploy-{self.service_name}",
            title=f"{self.service_name}'s pre_deploy_command",
            restarts=False,
        )

    def _process(
        self,
        container: Container,
        folder: Path,
        watcher: Watcher,
        read: dict[str, str],
        *,
        name: str,
        number: int = 0,
        title: str = "",
        restarts: bool = True,
    ) -> WorkerProcess:
        python = service_python(folder, self.directory / "environments", self.screen)
        temporary_path = str(self.directory / "tmp" / name)
        credentials = self._credentials(self.task.task_role_arn)
        return WorkerProcess(
            number,
            container.command or IMAGE_COMMAND,
            process_environment(container, read, self.aws, credentials, python, temporary_path),
            folder,
            container.stop_timeout_seconds,
            self.directory / "logs" / f"{name}.log",
            watcher,
            container.health_check,
            title=title,
            restarts=restarts,
        )

    def _read(self, container: Container) -> dict[str, str]:
        """The variables of the container's environment files and its secrets, read as ECS reads them."""
        if not container.secrets and not container.environment_files:
            return {}
        aws = Aws(self.aws.endpoint_url, self.aws.region, self._credentials(self.task.execution_role_arn))
        files = read_environment_files(aws, self.service_name, container.environment_files)
        return {**files, **read_secrets(aws, self.service_name, container.secrets)}

    def _credentials(self, role_arn: str) -> dict[str, str]:
        try:
            return self.emulator.task_credentials(role_arn)
        except PermissionError as error:
            raise BoxError(f"no task could start: {error}") from None
