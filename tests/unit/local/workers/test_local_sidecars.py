"""Sidecars in their order, with small programs in place of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.errors import BoxError
from local.workers.container import Container
from local.workers.sidecars import Sidecars
from local.workers.worker_process import Crash, Watcher, WorkerProcess

_SAYS = "from pathlib import Path; Path('told').open('a').write('{} ')"


def _container(name: str, **depends_on: str) -> Container:
    dependencies = [{"containerName": other, "condition": condition} for other, condition in depends_on.items()]
    return Container.read({"name": name, "image": "i", "dependsOn": dependencies})


@contextmanager
def _sidecars(folder: Path, worker: Container, codes: dict[str, str], *containers: Container) -> Iterator[Sidecars]:
    lines: list[dict[str, Any]] = []
    crashes: list[Crash] = []
    processes = {
        name: WorkerProcess(
            0,
            [sys.executable, "-c", code],
            {"PATH": os.environ["PATH"]},
            folder,
            60,
            folder / f"{name}.log",
            Watcher(lambda _number, entry: lines.append(entry), crashes.append),
            title=name,
            restarts=False,
        )
        for name, code in codes.items()
    }
    sidecars = Sidecars("orders", worker, {container.name: container for container in containers}, processes)
    try:
        yield sidecars
    finally:
        sidecars.stop()


def test_they_start_in_their_order_and_those_that_need_the_worker_after_it(tmp_path: Path) -> None:
    containers = [
        _container("late", worker="START"),
        _container("second", first="SUCCESS"),
        _container("first"),
        _container("elsewhere"),
    ]
    codes = {name: _SAYS.format(name) for name in ("late", "second", "first")}
    worker = _container("worker", second="COMPLETE", elsewhere="HEALTHY")
    with _sidecars(tmp_path, worker, codes, *containers) as sidecars:
        sidecars.start_before_workers()
        assert (tmp_path / "told").read_text() == "first second "
        sidecars.start_after_workers()
        sidecars.processes["late"].wait()
        assert (tmp_path / "told").read_text() == "first second late "


def test_one_that_has_to_succeed_and_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    worker = _container("worker", prepare="SUCCESS")
    codes = {"prepare": "raise SystemExit('no table')"}
    with (
        _sidecars(tmp_path, worker, codes, _container("prepare")) as sidecars,
        pytest.raises(BoxError, match=r"(?s)orders: no task could start: prepare ended with exit code 1.*no table"),
    ):
        sidecars.start_before_workers()


def test_one_that_only_has_to_complete_may_fail(tmp_path: Path) -> None:
    worker = _container("worker", prepare="COMPLETE")
    with _sidecars(tmp_path, worker, {"prepare": "raise SystemExit(1)"}, _container("prepare")) as sidecars:
        sidecars.start_before_workers()
