"""The sizes of tasks against what AWS documents."""

import pytest

from worker_service.service.choices import TaskSize
from worker_service.service.fargate_sizes import FARGATE_MEMORY_MIB, TASK_SIZES, FargateSize


def test_task_sizes_are_protons():
    assert {
        TaskSize.X_SMALL: FargateSize(256, 512),
        TaskSize.SMALL: FargateSize(512, 1024),
        TaskSize.MEDIUM: FargateSize(1024, 2048),
        TaskSize.LARGE: FargateSize(2048, 4096),
        TaskSize.X_LARGE: FargateSize(4096, 8192),
    } == TASK_SIZES


@pytest.mark.parametrize("size", TASK_SIZES.values(), ids=str)
def test_every_task_size_is_one_that_fargate_runs(size: FargateSize):
    assert size.memory_mib in FARGATE_MEMORY_MIB[size.cpu_units]


@pytest.mark.parametrize(
    ("cpu_units", "smallest_mib", "largest_mib", "choices"),
    [
        (256, 512, 2048, 3),
        (512, 1024, 4096, 4),
        (1024, 2048, 8192, 7),
        (2048, 4096, 16384, 13),
        (4096, 8192, 30720, 23),
        (8192, 16384, 61440, 12),
        (16384, 32768, 122880, 12),
    ],
)
def test_the_memory_that_fargate_allows(cpu_units: int, smallest_mib: int, largest_mib: int, choices: int):
    memory_mib = FARGATE_MEMORY_MIB[cpu_units]

    assert (memory_mib[0], memory_mib[-1], len(memory_mib)) == (smallest_mib, largest_mib, choices)
