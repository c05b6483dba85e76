"""Runs the real program under the SDK's mock monitor, without engine or provider plugins."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func

from local.aws import Aws
from local.errors import BoxError
from local.provisioner.monitor import Created, Monitor, Provisioner
from local.provisioner.resource import plain


def provision(
    program: Path,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    aws: Aws,
    on_created: Callable[[Created], None],
) -> dict[str, Any]:
    """Run the program, create what it registers, and return what it exports.

    `config` is as the CLI hands it over: full keys, values as text. `on_created` is called for each resource, one at
    a time, from any thread. Raises BoxError for a bad config, a resource that the box cannot create or AWS refuses,
    and a program that fails.
    """
    provisioner = Provisioner(aws, on_created)

    def execute() -> None:
        runpy.run_path(str(program), run_name="__main__")

    async def run() -> dict[str, Any]:
        mocks.set_mocks(provisioner, project, stack, False, _silent_logger(), Monitor(provisioner))
        pulumi.runtime.set_all_config(dict(config))
        await run_pulumi_func(execute)
        root: Any = pulumi.runtime.get_root_resource()
        return {name: plain(await pulumi.Output.from_input(value).future()) for name, value in root.outputs.items()}

    try:
        # The SDK keeps settings, config and root resource in context variables: they go with the copied context.
        with asyncio.Runner() as runner:
            # What failed is raised here; the outputs that failed with it need not report it once more.
            runner.get_loop().set_exception_handler(lambda *_: None)
            return runner.run(run(), context=contextvars.copy_context())
    except Exception as error:
        raise provisioner.failure or _program_failure(error, program) from error


def _program_failure(error: Exception, program: Path) -> BoxError:
    if isinstance(error, pulumi.RunError):
        return BoxError(str(error))
    return BoxError(f"{program.name} failed: {type(error).__name__}: {error}{_innermost_frame(error, program.parent)}")


def _innermost_frame(error: Exception, root: Path) -> str:
    """Where in the project it happened."""
    frame, place = error.__traceback__, ""
    while frame:
        path = Path(frame.tb_frame.f_code.co_filename)
        if path.is_relative_to(root) and ".venv" not in path.parts and path.parts[len(root.parts)] != "local":
            place = f"\n  at {path.relative_to(root)}:{frame.tb_lineno}"
        frame = frame.tb_next
    return place


def _silent_logger() -> logging.Logger:
    """The SDK logs each failure with a traceback; the failure is raised anyway."""
    logger = logging.getLogger("local.provisioner.program")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger
