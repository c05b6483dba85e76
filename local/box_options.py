"""What a box is started with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from local.workers.service_folder import GivenFolders
from worker_program.program import Program


class Engine(StrEnum):
    """Who runs the program: the box itself, or the Pulumi CLI with the box for a provider."""

    BOX = "box"
    PULUMI = "pulumi"


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
    engine: Engine = Engine.BOX
