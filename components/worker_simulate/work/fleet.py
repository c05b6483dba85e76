"""Fleet: the tasks of a service, from start to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worker_simulate.cloud.prices import LEAST_TASK_SECONDS
from worker_simulate.definition.service_definition import TaskDefinition
from worker_simulate.work.work import Work


@dataclass
class _Task:
    """One task, on its way or receiving."""

    number: int
    asked_at: float
    receives: bool = False


class Fleet:
    """As ECS runs it: tasks are started at once, stopped one by one, and let finish what they hold."""

    def __init__(self, task: TaskDefinition, work: Work, begin: Callable[[int, float], None]) -> None:
        """`begin` is called with a task's number and the moment, and calls `ready` once the task has started."""
        self._task = task
        self._work = work
        self._begin = begin
        self._tasks: dict[int, _Task] = {}
        self._numbers = 0
        self.desired = 0
        self.task_seconds = 0.0

    @property
    def running(self) -> int:
        """Tasks that receive."""
        return sum(task.receives for task in self._tasks.values())

    def set_desired(self, count: int, now: float) -> None:
        """Start what is missing; what is too much goes with `shrink`."""
        self.desired = count
        while len(self._tasks) < count:
            self._numbers += 1
            self._tasks[self._numbers] = _Task(self._numbers, now)
            self._begin(self._numbers, now)

    def ready(self, number: int, now: float) -> bool:
        """The task has started; False where it was stopped before."""
        task = self._tasks.get(number)
        if task is None:
            return False
        task.receives = True
        self._work.add_task(number, self._task.slots, now)
        return True

    def shrink(self, now: float) -> bool:
        """Stop what is too much, those first that have not started yet. False where protection keeps some of it."""
        surplus = len(self._tasks) - self.desired
        if surplus <= 0:
            return True
        newest_first = sorted(self._tasks.values(), key=lambda task: (task.receives, -task.number))
        for task in newest_first:
            if surplus <= 0:
                break
            is_protected = self._task.scale_in_protection and self._work.is_busy(task.number, now)
            if not is_protected:
                self._stop(task, now)
                surplus -= 1
        return surplus <= 0

    def charge(self, now: float) -> float:
        """Seconds of all tasks until now."""
        return self.task_seconds + sum(now - task.asked_at for task in self._tasks.values())

    def _stop(self, task: _Task, now: float) -> None:
        del self._tasks[task.number]
        # The worker hands back what it holds a little before it would be killed.
        drain_seconds = self._task.stop_timeout_seconds - min(10, self._task.stop_timeout_seconds / 3)
        ends = self._work.stop_task(task.number, now, drain_seconds) if task.receives else now
        self.task_seconds += max(LEAST_TASK_SECONDS, ends - task.asked_at)
