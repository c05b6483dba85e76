"""Stack: a program and its config, and the worker service that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker_program.config_text import config_text
from worker_program.errors import ProgramError
from worker_program.program import Program, read_program
from worker_simulate.definition.read_services import read_services
from worker_simulate.definition.run_program import run_program
from worker_simulate.definition.service_definition import ServiceDefinition
from worker_simulate.errors import SimulateError

#: The components' own defaults, for a program whose config does not say it.
_PROCESSING_SECONDS = 1.0
_LATENCY_SECONDS = 60.0


@dataclass(frozen=True)
class Stack:
    """A program with a config."""

    program: Program
    service_name: str | None
    """Which service, where there are several."""

    @classmethod
    def read(cls, root: Path, stack: str, service_name: str | None) -> Stack:
        """Read Pulumi.yaml and the stack's file. Raises SimulateError."""
        try:
            return cls(read_program(root.resolve(), stack), service_name)
        except ProgramError as error:
            raise SimulateError(str(error).splitlines()) from error

    def service(self, changes: Mapping[str, Any] | None = None) -> ServiceDefinition:
        """The service, with changes to the config. Runs the program; raises SimulateError."""
        texts = {self._key(key): config_text(value) for key, value in (changes or {}).items()}
        program = self.program
        services = read_services(run_program(program.main, program.project, program.stack, {**program.config, **texts}))
        names = ", ".join(service.name for service in services)
        if not services:
            raise SimulateError([f"the program of stack {program.stack!r} has no worker service that scales"])
        if self.service_name is None:
            if len(services) > 1:
                raise SimulateError([f"--service: say which of {names}"])
            return services[0]
        found = [service for service in services if service.name == self.service_name]
        if not found:
            raise SimulateError([f"--service: {self.service_name!r} is not one of {names}"])
        return found[0]

    @property
    def processing_seconds(self) -> float:
        """What the config says that a message takes."""
        return self._number("message_processing_seconds", _PROCESSING_SECONDS)

    @property
    def latency_seconds(self) -> float:
        """What the config says is acceptable."""
        return self._number("acceptable_latency_seconds", _LATENCY_SECONDS)

    def _number(self, key: str, default: float) -> float:
        return float(self.program.config.get(self._key(key)) or default)

    def _key(self, key: str) -> str:
        return f"{self.program.project}:{key}"
