"""Runs the real program under the SDK's mock monitor, without engine or provider plugins."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from local.aws import Aws
from local.errors import BoxError
from local.provisioner.monitor import Created, Monitor, Provisioner
from local.provisioner.resource import plain
from worker_simulate.definition.run_on_mocks import run_on_mocks

#: What runs the program, whose frames say nothing about it.
_RUNNING_IT = (Path(__file__).parent.parent, Path(run_on_mocks.__code__.co_filename))


@dataclass(frozen=True)
class Registered:
    """A resource or a component of the program, as it is now."""

    type: str
    name: str
    """Logical name: the program's own."""
    state: dict[str, Any]
    """camelCase inputs, and what the emulator computed."""


@dataclass(frozen=True)
class Provisioned:
    """What became of the program."""

    exports: dict[str, Any]
    registered: list[Registered]


def provision(
    program: Path,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    aws: Aws,
    on_created: Callable[[Created], None],
) -> Provisioned:
    """Run the program in its folder, and create what it registers.

    `config` is as the CLI hands it over: full keys, values as text. `on_created` is called for each resource, one at
    a time, from any thread. Raises BoxError for a bad config, a resource that the box cannot create or AWS refuses,
    and a program that fails.
    """
    provisioner = Provisioner(aws, on_created)
    monitor = Monitor(provisioner)

    try:
        exports = run_on_mocks(program, provisioner, project=project, stack=stack, config=config, monitor=monitor)
    except KeyboardInterrupt:
        raise
    # A program may end itself, which is no Exception; the box would end with it, and say nothing.
    except BaseException as error:
        raise provisioner.failure or _program_failure(error, program) from error
    plain_exports = {name: plain(value) for name, value in exports.items()}
    return Provisioned(plain_exports, [_registered(*entry) for entry in monitor.get_registered_resources().values()])


def _registered(urn: str, _id: str, state: dict[str, Any]) -> Registered:
    """urn:pulumi:STACK::PROJECT::PARENT_TYPE$TYPE::NAME."""
    _, _, types, name = urn.split("::", 3)
    return Registered(types.rpartition("$")[2], name, plain(state))


def _program_failure(error: BaseException, program: Path) -> BoxError:
    if isinstance(error, pulumi.RunError):
        return BoxError(str(error))
    place = _innermost_frame(error, program.parent)
    if isinstance(error, SystemExit):
        return BoxError(f"{program.name} ended itself with {_exit_code(error)}{place}")
    if isinstance(error, ModuleNotFoundError):
        return BoxError(f"{program.name} failed: {error}{place}\n{_how_to_install()}")
    return BoxError(f"{program.name} failed: {type(error).__name__}: {error}{place}")


def _exit_code(ended: SystemExit) -> str:
    """As Python ends a process: with 0 for nothing, and with 1 for a text, which it prints."""
    if ended.code is None or isinstance(ended.code, int):
        return f"exit code {int(ended.code or 0)}"
    return f"exit code 1: {ended.code}"


def _how_to_install() -> str:
    """Not the program's requirements.txt: pip would put its components in the place of the checkout's."""
    return (
        "The box runs the program with its own Python, which has the components already; install there the missing "
        "library alone, by its name in requirements.txt:\n"
        f"  {shlex.quote(sys.executable)} -m pip install NAME"
    )


def _innermost_frame(error: BaseException, root: Path) -> str:
    """Where in the program it happened."""
    frame, place = error.__traceback__, ""
    while frame:
        path = Path(frame.tb_frame.f_code.co_filename)
        is_installed = "site-packages" in path.parts
        runs_it = any(path.is_relative_to(ours) for ours in _RUNNING_IT)
        if path.is_relative_to(root) and not is_installed and not runs_it:
            place = f"\n  at {path.relative_to(root)}:{frame.tb_lineno}"
        frame = frame.tb_next
    return place
