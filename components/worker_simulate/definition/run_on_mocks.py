"""Runs a Pulumi program on the SDK's mocks: without engine or provider plugins, for the simulator and for the box."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func

from worker_program.program_folder import in_folder
from worker_simulate.definition.fresh_mocks import set_fresh_mocks
from worker_simulate.definition.settled import settled


def run_on_mocks(
    program: Path,
    answers: mocks.Mocks,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    monitor: mocks.MockMonitor | None = None,
) -> dict[str, Any]:
    """Run the program in its folder and return its exports, as they are resolved.

    `config` is as the CLI hands it over: full keys, values as text. `monitor` takes the place of the SDK's own. Raises
    whatever the program does, SystemExit too.
    """

    async def execute() -> None:
        runpy.run_path(str(program), run_name="__main__")
        await settled()

    async def run() -> dict[str, Any]:
        set_fresh_mocks(answers, project, stack, False, _silent_logger(), monitor)
        pulumi.runtime.set_all_config(dict(config))
        await run_pulumi_func(execute)
        root: Any = pulumi.runtime.get_root_resource()
        return {name: await pulumi.Output.from_input(value).future() for name, value in root.outputs.items()}

    # The SDK keeps settings, config and root resource in context variables: they go with the copied context.
    with asyncio.Runner() as runner:
        # What failed is raised here; the outputs that failed with it need not report it once more.
        runner.get_loop().set_exception_handler(lambda *_: None)
        with in_folder(program.parent):
            return runner.run(run(), context=contextvars.copy_context())


def _silent_logger() -> logging.Logger:
    """The SDK logs each failure with a traceback; the failure is raised anyway."""
    logger = logging.getLogger("worker_simulate.program")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger
