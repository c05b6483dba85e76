"""The sidecars of a service: one process of each for all its tasks, which share this machine's localhost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from local.errors import BoxError
from local.workers.container import Container
from local.workers.worker_process import WorkerProcess


@dataclass(frozen=True)
class Sidecars:
    """Those that the box has code for. What the others are waited for counts as come true."""

    service_name: str
    worker: Container
    containers: Mapping[str, Container]
    """Every sidecar of the task, by name."""
    processes: Mapping[str, WorkerProcess]
    """Those that run here, by name."""

    def start_before_workers(self) -> None:
        """Start those that the worker may need, in their order, and return when it may start.

        Raises BoxError where one fails that has to succeed or be well first.
        """
        for name in self._order():
            if not self._waits_for_worker(name):
                self._start(name)
        self._wait(self.worker)

    def start_after_workers(self) -> None:
        """Start those that wait for the worker."""
        for name in self._order():
            if self._waits_for_worker(name):
                self._start(name)

    def stop(self) -> None:
        """End all: the workers, which may need them, are gone."""
        for process in self.processes.values():
            process.stop()
        for process in self.processes.values():
            process.wait()

    def _start(self, name: str) -> None:
        if name in self.processes:
            self._wait(self.containers[name])
            self.processes[name].start()

    def _order(self) -> list[str]:
        graph = {name: container.depends_on.keys() & self.containers for name, container in self.containers.items()}
        return list(TopologicalSorter(graph).static_order())

    def _waits_for_worker(self, name: str) -> bool:
        return any(
            other == self.worker.name or (other in self.containers and self._waits_for_worker(other))
            for other in self.containers[name].depends_on
        )

    def _wait(self, container: Container) -> None:
        for name, condition in container.depends_on.items():
            process = self.processes.get(name)
            if process is None or condition == "START":
                continue
            if condition == "HEALTHY":
                if not process.wait_until_well():
                    raise BoxError(f"{self.service_name}: no task could start: its sidecar {name} did not become well")
                continue
            process.wait()
            if condition == "SUCCESS" and (failure := process.failure):
                raise BoxError(f"{self.service_name}: no task could start: {failure}")
