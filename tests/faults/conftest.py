"""A fault laboratory for each test: emulator, unreliable network, queues, worker processes and their ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator import Emulator
from tests.support.fault_lab import FaultLab
from tests.support.processes import workers_left


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fault table has a command of its own, `make faults`: `make test` is to take no longer than a minute or so."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for a module; at its end, no worker process may be left."""
    with Emulator() as running:
        yield running
    left = workers_left(tmp_path_factory.getbasetemp())
    assert not left, f"workers were left behind: {left}"


@pytest.fixture
def lab(emulator: Emulator, tmp_path: Path) -> Iterator[FaultLab]:
    """A laboratory of its own for each test."""
    with FaultLab(emulator.endpoint_url, tmp_path) as laboratory:
        yield laboratory
