"""Checks a stack's config before the emulator is loaded, which takes seconds more."""

from __future__ import annotations

import contextvars
import importlib
import sys

from local.errors import BoxError
from worker_program.program import Program

#: Where this project's program, and those made from it, read and check their config: read() raises pulumi.RunError.
_READER = "stack_config"


def check_config(program: Program) -> None:
    """Raise BoxError with what the program's own reader has against the config; without one nothing is checked."""
    folder = program.main.parent
    if not (folder / f"{_READER}.py").exists():
        return
    sys.path.insert(0, str(folder))
    try:
        # The SDK keeps project, stack and config in context variables, which go with the copied context.
        contextvars.copy_context().run(_read, program)
    finally:
        sys.path.remove(str(folder))


def _read(program: Program) -> None:
    import pulumi  # noqa: PLC0415 - whoever types a wrong option need not wait for it
    from pulumi.runtime.settings import Settings, configure  # noqa: PLC0415

    configure(Settings(project=program.project, stack=program.stack))
    pulumi.runtime.set_all_config(dict(program.config))
    try:
        importlib.import_module(_READER).read()
    except pulumi.RunError as error:
        raise BoxError(str(error)) from None
    except Exception:  # noqa: S110 - not one of ours, or broken: the program runs into it, and is told with its place
        pass
