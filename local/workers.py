"""The workers of a service, together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from local.aws import Aws
from local.task import Task, process_environment
from local.worker_process import Watcher, WorkerProcess


class Workers:
    """Workers that start and stop together."""

    def __init__(self, processes: Sequence[WorkerProcess]) -> None:
        self._workers = list(processes)

    def __iter__(self) -> Iterator[WorkerProcess]:
        """Each worker, by number."""
        return iter(self._workers)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._workers)

    def start(self) -> None:
        """Start all."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Drain all; returns when every process is gone. A Ctrl-C meanwhile ends them at once."""
        for worker in self._workers:
            worker.stop()
        try:
            for worker in self._workers:
                worker.wait()
        except KeyboardInterrupt:
            for worker in self._workers:
                worker.kill()
            for worker in self._workers:
                worker.wait()


def service_workers(
    task: Task, aws: Aws, credentials: Mapping[str, str], service: Path, directory: Path, watcher: Watcher
) -> Workers:
    """As many workers as the service wants. They run in `service`, its folder of handlers; `directory` takes their
    logs and temporary files."""
    logs = directory / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for old in logs.glob("worker-*.log"):
        old.unlink()
    return Workers(
        [
            WorkerProcess(
                number,
                task.command,
                process_environment(task, aws, credentials, str(directory / "tmp" / f"worker-{number}")),
                service,
                task.stop_timeout_seconds,
                logs / f"worker-{number}.log",
                watcher,
            )
            for number in range(1, task.desired_count + 1)
        ]
    )
