"""The sizes that a task can have on Fargate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker_service.service.choices import TaskSize


@dataclass(frozen=True)
class FargateSize:
    """CPU units (1,024 are one vCPU) and memory of a task."""

    cpu_units: int
    memory_mib: int


#: AWS Proton's worker template, parameter task_size.
TASK_SIZES = {
    TaskSize.X_SMALL: FargateSize(256, 512),
    TaskSize.SMALL: FargateSize(512, 1024),
    TaskSize.MEDIUM: FargateSize(1024, 2048),
    TaskSize.LARGE: FargateSize(2048, 4096),
    TaskSize.X_LARGE: FargateSize(4096, 8192),
}

#: CPU units -> memory in MiB that Fargate allows with it.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
FARGATE_MEMORY_MIB: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}


def fargate_size(args: Mapping[str, Any]) -> FargateSize:
    """The size that a WorkerService's arguments ask for: its own cpu and memory, or its task_size."""
    if "cpu" in args:
        return FargateSize(args["cpu"], args["memory"])
    return TASK_SIZES[TaskSize(args["task_size"])]
