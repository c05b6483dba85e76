"""What a box is started with."""

from __future__ import annotations

from dataclasses import dataclass

from local.workers.service_folder import GivenFolders
from worker_program.program import Program


@dataclass(frozen=True)
class BoxOptions:
    """What `up` and `demo` are told. `port` 0 takes any free one."""

    program: Program
    given: GivenFolders
    port: int
    speed: int = 1
    """How many times as fast as real the clock of alarms and schedules goes."""
    quiet: bool = False
    """Tell how many lines the workers wrote, and not the lines."""
    folds_pipeline: bool = False
    """Count a pipeline's resources, which do nothing in the box, where the others are listed."""
