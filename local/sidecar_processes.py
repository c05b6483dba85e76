"""Finds which sidecars of a service the box has code for, and makes their processes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.screen import Screen, printable, printable_lines
from local.task_processes import TaskProcesses
from local.workers.container import Container
from local.workers.sidecars import Sidecars
from local.workers.worker_process import Crash, Watcher, WorkerProcess
from local.workers.workers import Workers


def sidecar_processes(made: TaskProcesses, folders: Mapping[str, Path], workers: Workers, screen: Screen) -> Sidecars:
    """Those whose image has a folder and whose command is known; the others are named, and do not run.

    `workers` start again when an essential one ends. Raises BoxError.
    """
    processes: dict[str, WorkerProcess] = {}
    for container in made.task.sidecars:
        folder = folders.get(container.image)
        if folder is None or not container.command:
            screen.say(_left_out(made.service_name, container, has_folder=folder is not None), "yellow")
            continue
        watcher = _watcher(f"{made.service_name}'s {container.name}", workers, screen)
        processes[container.name] = made.one(container, folder, watcher, restarts=container.is_essential)
    containers = {container.name: container for container in made.task.sidecars}
    return Sidecars(made.service_name, made.task.worker, containers, processes)


def _left_out(service_name: str, container: Container, *, has_folder: bool) -> str:
    why = "has no command, and images are not read" if has_folder else f"runs the image {container.image}"
    return (
        f"{service_name}: its sidecar {container.name} {why}: the box leaves it out, as if all waited for had come true"
    )


def told_by(title: str, screen: Screen) -> Watcher:
    """Shows the lines of what is no worker, which has its name before them."""

    def on_line(_number: int, entry: dict[str, Any]) -> None:
        screen.say(printable(f"{title}: {entry.get('message') or entry.get('action') or ''}"))

    return Watcher(on_line, lambda crash: screen.say(printable_lines(str(crash)), "red"))


def _watcher(title: str, workers: Workers, screen: Screen) -> Watcher:
    def on_crash(crash: Crash) -> None:
        screen.say(f"{printable_lines(str(crash))}\nIt is essential: it and the workers are started again.", "red")
        workers.restart()

    return Watcher(told_by(title, screen).on_line, on_crash)
