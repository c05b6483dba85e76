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
