"""The project's own program as the simulator reads it, with a config made for comparing.

Two seconds a message, four at a time, 1 to 20 tasks: what docs/scaling.md's figures are of.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from worker_simulate.definition.service_definition import ServiceDefinition
from worker_simulate.loads.load import Load
from worker_simulate.loads.usual_loads import usual_loads
from worker_simulate.stack import Stack
from worker_simulate.work.work import Handling

ROOT = Path(__file__).parent.parent.parent
HANDLING = Handling(seconds=2)
_BASE = {"message_processing_seconds": 2, "concurrency": 4, "max_count": 20}


def service(**config: Any) -> ServiceDefinition:
    """The service of the dev stack, with this config."""
    return _service(json.dumps({**_BASE, **config}))


def load(name: str) -> Load:
    """One of the usual loads for it."""
    return usual_loads(40)[name]


@functools.cache
def _stack() -> Stack:
    return Stack.read(ROOT, "dev", None)


@functools.cache
def _service(config: str) -> ServiceDefinition:
    return _stack().service(json.loads(config))
