"""The workers of a service: as many as it is told, each of the task that it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count as counting

from local.workers.worker_process import WorkerProcess

#: Makes the worker of a number.
MakeWorker = Callable[[int], WorkerProcess]


class WorkerNumbers:
    """Numbers of workers, from 1 over all services; the lowest free one comes first."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def take(self) -> int:
        """One that no other worker has."""
        number = next(number for number in counting(1) if number not in self._taken)
        self._taken.add(number)
        return number

    def give_back(self, number: int) -> None:
        """Its worker is gone."""
        self._taken.discard(number)


class Workers:
    """Workers that start and stop together."""

    def __init__(self, make: MakeWorker, numbers: WorkerNumbers, count: int) -> None:
        self._make = make
        self._numbers = numbers
        self._workers = [make(numbers.take()) for _ in range(count)]
        self._leaving: list[WorkerProcess] = []

    def __iter__(self) -> Iterator[WorkerProcess]:
        """Each worker that is to stay, by age."""
        return iter(self._workers)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._workers)

    @property
    def running(self) -> int:
        """How many have a process."""
        return sum(worker.pid is not None for worker in self._workers)

    def start(self) -> None:
        """Start all."""
        for worker in self._workers:
            worker.start()

    def restart(self) -> None:
        """Have each drain and start again; returns at once."""
        for worker in self._workers:
            worker.restart()

    def set_count(self, count: int) -> None:
        """Start as many as are missing, or have the youngest drain; returns at once."""
        self._forget_the_gone()
        while len(self._workers) < count:
            self._begin()
        while len(self._workers) > count:
            self._leave(self._workers.pop())

    def replace(self, make: MakeWorker) -> None:
        """Start as many of another task, and have the present ones drain, as a deployment does; returns at once."""
        self._forget_the_gone()
        self._make = make
        before, self._workers = self._workers, []
        for _ in before:
            self._begin()
        for worker in before:
            self._leave(worker)

    def all(self) -> list[WorkerProcess]:
        """Those that drain, too."""
        return [*self._workers, *self._leaving]

    def _begin(self) -> None:
        worker = self._make(self._numbers.take())
        self._workers.append(worker)
        worker.start()

    def _leave(self, worker: WorkerProcess) -> None:
        worker.stop()
        self._leaving.append(worker)

    def _forget_the_gone(self) -> None:
        for worker in [worker for worker in self._leaving if worker.is_gone]:
            self._leaving.remove(worker)
            self._numbers.give_back(worker.number)


def stop_all(services: Iterable[Workers]) -> None:
    """Drain the workers of all services; returns when every process is gone. A Ctrl-C meanwhile ends them at once."""
    workers = [worker for service in services for worker in service.all()]
    for worker in workers:
        worker.stop()
    try:
        _wait(workers)
    except KeyboardInterrupt:
        _end(workers)


def _wait(workers: list[WorkerProcess]) -> None:
    for worker in workers:
        worker.wait()


def _end(workers: list[WorkerProcess]) -> None:
    """A terminal that is closed sends more than one signal, and none of them may leave a worker behind."""
    while True:
        try:
            for worker in workers:
                worker.kill()
            _wait(workers)
        except KeyboardInterrupt:
            continue
        return
