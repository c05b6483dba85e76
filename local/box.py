"""The box: emulator, resources and workers, from the first to the last moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.aws import Aws
from local.box_options import BoxOptions, Engine
from local.box_state import BoxState, WorkerState, box_directory, write_state
from local.emulator import ADMIN_CREDENTIALS, Emulator, PortBusy
from local.engine.engine import attached_engine, deploy
from local.engine.pulumi_cli import PulumiCli
from local.errors import BoxError
from local.provisioner import Created, Provisioned, Registered, provision
from local.running_service import RunningService, ServiceRunner
from local.screen import Screen
from local.service import Service
from local.worker_services import worker_services
from local.workers.worker_process import Watcher, WorkerProcess
from local.workers.workers import stop_all
from worker_program.program import Program
from worker_service.inputs.aws_values import REGION

_PIPELINE = "workers:index:PipelineComponent"
_IMAGE_BUILD = "pulumi-python:dynamic/workers:ImageBuild"
_DENIALS_SHOWN_MOST = 20


@dataclass(frozen=True)
class Box:
    """A running box."""

    program: Program
    emulator: Emulator
    aws: Aws
    running: list[RunningService]
    runner: ServiceRunner
    pulumi: PulumiCli | None = None
    """The CLI that made the resources; None where the box did."""

    @property
    def services(self) -> list[Service]:
        """The program's worker services; of two of a name, one has taken the place of the other."""
        return list({running.service.name: running.service for running in self.running}.values())

    def add(self, service: Service, registered: list[Registered]) -> RunningService:
        """One that came later, ready to start. Raises BoxError."""
        self.runner.built.update(_built_folders(self.program, registered))
        [running] = self.runner.prepare_more([service])
        self.running.append(running)
        return running

    @property
    def workers(self) -> list[WorkerProcess]:
        """Those of every service."""
        return [worker for running in self.running for worker in running.workers]

    def save(self) -> None:
        """Tell the other commands how things stand."""
        write_state(
            self.program.root,
            BoxState(
                pid=os.getpid(),
                stack=self.program.stack,
                endpoint_url=self.aws.endpoint_url,
                region=self.aws.region,
                credentials=dict(ADMIN_CREDENTIALS),
                services=self.services,
                workers=[
                    WorkerState(
                        running.service.name,
                        worker.number,
                        worker.pid,
                        worker.processed,
                        worker.restarts,
                        str(running.folder),
                        worker.environment,
                        dict(worker.last_processed),
                    )
                    for running in self.running
                    for worker in running.workers
                ],
                denials=self.denials(),
                pulumi=self.pulumi and self.pulumi.as_state(),
            ),
        )

    def denials(self) -> list[str]:
        """The latest calls and deliveries that policies forbade, each once with its count, newest last."""
        return [f"{denial} (times: {denial.count})" for denial in self.emulator.denials[-_DENIALS_SHOWN_MOST:]]


@contextmanager
def open_box(options: BoxOptions, screen: Screen, watcher: Watcher) -> Iterator[Box]:
    """Start a box with its workers, and leave nothing of it behind. Raises BoxError.

    The caller holds the lock of the program's folder (box_state.only_box).
    """
    program = options.program
    check_region(program)
    directory = box_directory(program.root)
    with ExitStack() as ended:
        emulator = ended.enter_context(_emulator(options.port, screen))
        aws = Aws(emulator.endpoint_url, program.region, ADMIN_CREDENTIALS)
        pulumi = None
        if options.engine is Engine.PULUMI:
            pulumi = ended.enter_context(attached_engine(program, aws, directory / "pulumi"))
        with screen.phase("Creating the resources", spinner=pulumi is None):
            registered = deploy(pulumi) if pulumi else _provision(options, aws, screen).registered
            services = worker_services(aws, registered)
        built = _built_folders(program, registered)
        runner = ServiceRunner(emulator, aws, directory, built, options.given, watcher, screen)
        box = Box(program, emulator, aws, runner.prepare(services), runner, pulumi)
        try:
            with screen.phase("Starting the workers"):
                for running in box.running:
                    running.start()
            box.save()
            for line in _what_runs(box):
                screen.say(line)
            yield box
        finally:
            with screen.phase("Draining the workers"):
                stop_all(running.workers for running in box.running)
                for running in box.running:
                    running.stop()


def check_region(program: Program) -> None:
    """Raise BoxError where the stack's region is none.

    Here, and not where the config is read, for the components' rule takes seconds to load.
    """
    for problem in REGION.problems("aws:region", program.region):
        raise BoxError(f"the box cannot use Pulumi.{program.stack}.yaml:\n  {problem}")


@contextmanager
def _emulator(port: int, screen: Screen) -> Iterator[Emulator]:
    emulator = Emulator(port)
    try:
        with screen.phase("Starting the emulator"):
            emulator.start()
    except PortBusy:
        raise BoxError(
            f"port {port} is in use by another program: stop that one, or choose another with --port (0: any free one),"
            " which is `make up PORT=0`"
        ) from None
    try:
        yield emulator
    finally:
        emulator.stop()


def _provision(options: BoxOptions, aws: Aws, screen: Screen) -> Provisioned:
    program, of_pipeline = options.program, list[Created]()

    def show(created: Created) -> None:
        if created.component == _PIPELINE and options.folds_pipeline:
            of_pipeline.append(created)
            return
        # The types last: some are very long.
        screen.say(f"  {created.seconds:5.2f} s  {created.name:<36}  {_class_name(created.type)}", "dim")

    provisioned = provision(
        program.main,
        project=program.project,
        stack=program.stack,
        config=program.config,
        aws=aws,
        on_created=show,
    )
    if of_pipeline:
        screen.say(f"  and {len(of_pipeline)} resources of the pipeline, which builds images on AWS alone", "dim")
    return provisioned


def _class_name(type_: str) -> str:
    """aws:sqs/queue:Queue -> aws.sqs.Queue, as programs name it."""
    package, module, name = type_.split(":")
    return f"{package}.{module.partition('/')[0]}.{name}"


def _built_folders(program: Program, registered: list[Registered]) -> dict[str, Path]:
    """Image -> the folder that the program builds it from."""
    return {
        resource.state["image"]: (program.main.parent / resource.state["service_dir"]).resolve()
        for resource in registered
        if resource.type == _IMAGE_BUILD
    }


def _what_runs(box: Box) -> Iterator[str]:
    if not box.running:
        yield "The program has no worker service: no worker runs, and the box neither builds nor deploys anything."
    for running in box.running:
        count = len(running.workers)
        workers = "1 worker runs" if count == 1 else f"{count} workers run"
        yield running.what_runs()
        yield f"{running.service.name}: {workers} the code in {running.folder} in place of an image; none was built."
