"""Two boxes of two checkouts at once: neither knows of the other, and one that is killed while it drains ends alone."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.box import (
    box_state,
    copy_checkout,
    is_running,
    processes_in,
    run_box,
    running_up,
    wait_until,
    worker_pids,
)

pytestmark = pytest.mark.slow


def _has_a_dead_letter(checkout: Path) -> bool:
    return "dead-letter queue │ 1 " in run_box(checkout, "status").stdout


def test_two_boxes_run_at_once_and_one_that_is_killed_while_it_drains_ends_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = copy_checkout(tmp_path / "a"), copy_checkout(tmp_path / "b")
    with running_up(first, "--port", "0") as up:
        port = box_state(first)["endpoint_url"].rpartition(":")[2]
        busy = run_box(second, "up", "--port", port)
        assert (busy.returncode, "`make up PORT=0`" in busy.stderr) == (2, True)
        with running_up(second, "--port", "0") as other:
            assert run_box(first, "publish", "no order").returncode == 0
            wait_until(lambda: _has_a_dead_letter(first))
            assert not _has_a_dead_letter(second)
            workers = worker_pids(second)
            other.send_signal(signal.SIGINT)
            other.kill()
            wait_until(lambda: not any(map(is_running, workers)))
        assert processes_in(second) == []
        assert all(map(is_running, worker_pids(first)))
        up.send_signal(signal.SIGINT)
        assert up.wait(60) == 0
    assert processes_in(first) == []
