"""The workers of a service, together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from local.workers.worker_process import WorkerProcess


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

    def restart(self) -> None:
        """Have each drain and start again; returns at once."""
        for worker in self._workers:
            worker.restart()

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
