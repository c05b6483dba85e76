"""The workers of a service follow what they are told."""

from __future__ import annotations

from typing import Any, cast

from local.workers.worker_process import WorkerProcess
from local.workers.workers import WorkerNumbers, Workers, stop_all


class Process:
    """Stands for a worker's process."""

    def __init__(self, number: int, task: str) -> None:
        self.number, self.task = number, task
        self.pid: int | None = None
        self.did: list[str] = []
        self.is_gone = False

    def start(self) -> None:
        self.did.append("start")
        self.pid = self.number

    def stop(self) -> None:
        self.did.append("stop")

    def wait(self) -> None:
        self.did.append("wait")


class Made:
    """Every process that was made."""

    def __init__(self) -> None:
        self.processes: list[Process] = []

    def of(self, task: str) -> Any:
        def make(number: int) -> WorkerProcess:
            self.processes.append(Process(number, task))
            return cast("WorkerProcess", self.processes[-1])

        return make


def numbers_of(workers: Workers) -> list[int]:
    return [worker.number for worker in workers]


def test_missing_workers_are_started_and_the_youngest_drain() -> None:
    made = Made()
    workers = Workers(made.of("task:1"), WorkerNumbers(), 1)
    workers.start()

    workers.set_count(3)
    assert numbers_of(workers) == [1, 2, 3]
    assert workers.running == 3

    workers.set_count(1)
    assert numbers_of(workers) == [1]
    assert [process.did for process in made.processes] == [["start"], ["start", "stop"], ["start", "stop"]]


def test_a_number_is_free_again_once_its_worker_is_gone_and_no_sooner() -> None:
    made = Made()
    workers = Workers(made.of("task:1"), WorkerNumbers(), 2)
    workers.set_count(1)

    workers.set_count(2)
    assert numbers_of(workers) == [1, 3]
    made.processes[1].is_gone = True
    workers.set_count(3)
    assert numbers_of(workers) == [1, 3, 2]


def test_services_share_the_numbers() -> None:
    made, numbers = Made(), WorkerNumbers()

    assert numbers_of(Workers(made.of("a:1"), numbers, 2)) == [1, 2]
    assert numbers_of(Workers(made.of("b:1"), numbers, 1)) == [3]


def test_a_deployment_starts_the_new_ones_and_then_drains_those_from_before() -> None:
    made = Made()
    workers = Workers(made.of("task:1"), WorkerNumbers(), 2)
    workers.start()

    workers.replace(made.of("task:2"))

    assert [(process.task, process.did) for process in made.processes] == [
        ("task:1", ["start", "stop"]),
        ("task:1", ["start", "stop"]),
        ("task:2", ["start"]),
        ("task:2", ["start"]),
    ]
    assert numbers_of(workers) == [3, 4]


def test_those_that_drain_are_waited_for_too() -> None:
    made = Made()
    workers = Workers(made.of("task:1"), WorkerNumbers(), 2)
    workers.set_count(1)

    stop_all([workers])

    assert [process.did[-1] for process in made.processes] == ["wait", "wait"]


class Interrupted(Process):
    """Ctrl-C comes at each of the first waits for it."""

    def __init__(self, times: int) -> None:
        super().__init__(1, "task:1")
        self.times = times

    def wait(self) -> None:
        if self.times:
            self.times -= 1
            raise KeyboardInterrupt
        super().wait()

    def kill(self) -> None:
        self.did.append("kill")


def test_however_often_it_is_interrupted_the_end_of_workers_is_waited_for() -> None:
    process = Interrupted(3)
    workers = Workers(lambda _number: cast("WorkerProcess", process), WorkerNumbers(), 1)

    stop_all([workers])

    assert process.did == ["stop", "kill", "kill", "kill", "wait"]
