"""The box: emulator, resources and workers, from the first to the last moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws import Aws
from local.config import BOX_IMAGE, StackConfig
from local.emulator import ADMIN_CREDENTIALS, Emulator, PortBusy
from local.errors import BoxError
from local.provisioner import Created, provision
from local.screen import Screen
from local.state import BoxState, WorkerState, box_directory, write_state
from local.task import read_task
from local.worker_process import Watcher
from local.workers import Workers, service_workers

_NEEDED_EXPORTS = (
    "topic_arn",
    "queue_url",
    "queue_arn",
    "dead_letter_queue_url",
    "dead_letter_queue_arn",
    "cluster_arn",
    "service_name",
)
_DENIALS_SHOWN_MOST = 20
#: The folder whose handlers the workers run.
_SERVICE = "worker"


@dataclass(frozen=True)
class Box:
    """A running box."""

    root: Path
    config: StackConfig
    emulator: Emulator
    aws: Aws
    exports: dict[str, Any]
    workers: Workers

    def save(self) -> None:
        """Tell the other commands how things stand."""
        write_state(
            self.root,
            BoxState(
                pid=os.getpid(),
                stack=self.config.stack,
                endpoint_url=self.aws.endpoint_url,
                region=self.aws.region,
                credentials=dict(ADMIN_CREDENTIALS),
                exports=self.exports,
                workers=[
                    WorkerState(worker.number, worker.pid, worker.processed, worker.restarts) for worker in self.workers
                ],
                denials=self.denials(),
            ),
        )

    def denials(self) -> list[str]:
        """The latest calls and deliveries that policies forbade, each once with its count, newest last."""
        return [f"{denial} (times: {denial.count})" for denial in self.emulator.denials[-_DENIALS_SHOWN_MOST:]]


@contextmanager
def open_box(root: Path, config: StackConfig, port: int, screen: Screen, watcher: Watcher) -> Iterator[Box]:
    """Start a box with its workers, and leave nothing of it behind. `port` 0 takes any free one.

    The caller holds the checkout's lock (state.only_box).
    """
    with _emulator(port, screen) as emulator:
        aws = Aws(emulator.endpoint_url, config.region, ADMIN_CREDENTIALS)
        with screen.phase("Creating the resources"):
            exports = _provision(root, config, aws, screen)
        workers = _workers(root, emulator, aws, exports, watcher) if config.runs_service else Workers([])
        try:
            with screen.phase("Starting the workers"):
                workers.start()
            box = Box(root, config, emulator, aws, exports, workers)
            box.save()
            screen.say(_image_note(config, len(workers)))
            yield box
        finally:
            with screen.phase("Draining the workers"):
                workers.stop()


@contextmanager
def _emulator(port: int, screen: Screen) -> Iterator[Emulator]:
    emulator = Emulator(port)
    try:
        with screen.phase("Starting the emulator"):
            emulator.start()
    except PortBusy:
        raise BoxError(
            f"port {port} is in use by another program: stop that one, or choose another with --port (0: any free one)"
        ) from None
    try:
        yield emulator
    finally:
        emulator.stop()


def _provision(root: Path, config: StackConfig, aws: Aws, screen: Screen) -> dict[str, Any]:
    def show(created: Created) -> None:
        screen.say(f"  {_class_name(created.type):<33} {created.name:<36} {created.seconds:5.2f} s", "dim")

    exports = provision(
        root / "__main__.py",
        project=config.project,
        stack=config.stack,
        config=config.values,
        aws=aws,
        on_created=show,
    )
    missing = [name for name in _NEEDED_EXPORTS if config.runs_service and name not in exports]
    if missing:
        raise BoxError(f"the box needs the program to export {', '.join(missing)}")
    return exports


def _class_name(type_: str) -> str:
    """aws:sqs/queue:Queue -> aws.sqs.Queue, as programs name it."""
    package, module, name = type_.split(":")
    return f"{package}.{module.partition('/')[0]}.{name}"


def _workers(root: Path, emulator: Emulator, aws: Aws, exports: dict[str, Any], watcher: Watcher) -> Workers:
    task = read_task(aws, exports["cluster_arn"], exports["service_name"])
    try:
        credentials = emulator.task_credentials(task.task_role_arn)
    except PermissionError as error:
        raise BoxError(f"no task could start: {error}") from None
    return service_workers(task, aws, credentials, root / _SERVICE, box_directory(root), watcher)


def _image_note(config: StackConfig, count: int) -> str:
    if not config.runs_service:
        return "The stack is a pipeline alone: no worker runs, and the box neither builds nor deploys anything."
    workers = "1 worker runs" if count == 1 else f"{count} workers run"
    return f"{workers} this checkout's own code in place of {_image(config)}."


def _image(config: StackConfig) -> str:
    if config.image:
        return f"the image {config.image}"
    if config.source:
        return (
            "the image that CodeBuild would build: the box built nothing, and made its digest from the content's hash"
        )
    return f"an image ({BOX_IMAGE})"
