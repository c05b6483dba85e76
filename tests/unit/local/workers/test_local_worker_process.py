"""One worker's life, with small programs in place of the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.workers.health_check import HealthCheck
from local.workers.worker_process import Crash, Watcher, WorkerProcess
from tests.support.box import is_running, wait_until

_STOPS_WELL = """
import json, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print(json.dumps({"action": "message_processed", "message_id": "1"}), flush=True)
signal.sigwait({signal.SIGTERM})
print(json.dumps({"action": "drained"}), flush=True)
"""
_STOPS_NEVER = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"action": "started"}', flush=True)
while True: signal.pause()
"""


class _Watched:
    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.crashes: list[Crash] = []
        self.watcher = Watcher(lambda _number, entry: self.lines.append(entry), self.crashes.append)


@contextmanager
def _worker(
    directory: Path,
    code: str,
    watched: _Watched,
    stop_timeout_seconds: float = 60,
    check: HealthCheck | None = None,
    folder: Path | None = None,
) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(
        1,
        [sys.executable, "-c", code],
        {"PATH": os.environ["PATH"]},
        folder or directory,
        stop_timeout_seconds,
        directory / "worker-1.log",
        watched.watcher,
        check,
    )
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def test_a_worker_is_read_and_drained(tmp_path: Path) -> None:
    watched = _Watched()
    with _worker(tmp_path, _STOPS_WELL, watched) as worker:
        wait_until(lambda: watched.lines)
        assert worker.pid is not None
        assert is_running(worker.pid)

        worker.stop()
        worker.wait()

    assert [line["action"] for line in watched.lines] == ["message_processed", "drained"]
    assert (tmp_path / "worker-1.log").stat().st_mode & 0o777 == 0o600
    assert worker.processed == 1
    assert worker.pid is None
    assert watched.crashes == []
    assert (tmp_path / "worker-1.log").read_text().count("\n") == 2


def test_a_worker_that_does_not_stop_is_killed_after_its_timeout(tmp_path: Path) -> None:
    watched = _Watched()
    with _worker(tmp_path, _STOPS_NEVER, watched, stop_timeout_seconds=0.2) as worker:
        pid = wait_until(lambda: watched.lines and worker.pid)

        worker.stop()
        worker.wait()

        wait_until(lambda: not is_running(pid))
    assert watched.crashes == []


def test_a_crash_is_told_with_the_last_lines_and_the_worker_started_again(tmp_path: Path) -> None:
    watched = _Watched()
    code = "import sys; print('{\"action\": \"started\"}'); sys.exit('no such handler')"
    with _worker(tmp_path, code, watched) as worker:
        wait_until(lambda: len(watched.crashes) == 2)

        assert worker.restarts == 1
    assert str(watched.crashes[0]).splitlines()[0] == "worker 1 ended with exit code 1; its last lines:"
    assert sorted(watched.crashes[0].last_lines) == ["no such handler", '{"action": "started"}']


def test_a_crash_ends_what_the_worker_left_running(tmp_path: Path) -> None:
    watched = _Watched()
    code = (
        "import os, signal, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "print('{\"child\": %d}' % child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    with _worker(tmp_path, code, watched):
        wait_until(lambda: watched.crashes)
        wait_until(lambda: not is_running(watched.lines[0]["child"]))
    assert str(watched.crashes[0]).startswith("worker 1 ended by SIGKILL;")


_SAYS_WHAT_IT_WANTS = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
os.write(1, b'{"action": "launched"}\\n{"action": "launched", "pid": "x"}\\n')
os.write(1, b'[' * 100_000 + b'\\n' + b'\\xff\\xfe\\n' + b'x' * 600_000 + b'\\n')
os.write(1, b'{"action": "message_processed"}\\n')
signal.sigwait({signal.SIGTERM})
"""


def test_whatever_a_handler_prints_the_worker_is_read_on(tmp_path: Path) -> None:
    watched = _Watched()
    with _worker(tmp_path, _SAYS_WHAT_IT_WANTS, watched) as worker:
        wait_until(lambda: worker.processed)

        assert is_running(worker.pid or 0)
    assert [len(line.get("message", "")) for line in watched.lines] == [0, 0, 100_000, 2, 262_144, 262_144, 75_712, 0]
    assert watched.crashes == []


def test_a_watcher_that_fails_keeps_nobody_from_reading(tmp_path: Path) -> None:
    def on_line(_number: int, _entry: dict[str, Any]) -> None:
        raise SystemExit  # as rich does where nobody reads what is shown

    watched = _Watched()
    watched.watcher = Watcher(on_line, watched.crashes.append)
    with _worker(tmp_path, _STOPS_WELL, watched) as worker:
        wait_until(lambda: worker.processed)
        worker.stop()
        worker.wait()

    assert (tmp_path / "worker-1.log").read_text().count("\n") == 2


def test_a_log_that_cannot_be_written_costs_its_lines_alone(tmp_path: Path) -> None:
    watched = _Watched()
    (tmp_path / "worker-1.log").symlink_to("/dev/full")
    with _worker(tmp_path, _STOPS_WELL, watched) as worker:
        wait_until(lambda: worker.processed)
        worker.stop()
        worker.wait()

    assert [line["action"] for line in watched.lines] == ["log_failed", "message_processed", "drained"]
    assert watched.lines[0]["error"] == f"{tmp_path}/worker-1.log: lines are not kept: No space left on device"


def test_what_a_worker_leaves_in_another_session_is_not_waited_for(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "print('{\"child\": %d}' % child.pid, flush=True)\n"
        "sys.exit(3)"
    )
    watched = _Watched()
    with _worker(tmp_path, code, watched) as worker:
        wait_until(lambda: watched.crashes)
        worker.stop()
        worker.wait()

    for line in watched.lines:
        os.kill(line["child"], signal.SIGKILL)


def test_a_worker_starts_when_its_folder_is_there_again(tmp_path: Path) -> None:
    folder, watched = tmp_path / "service", _Watched()
    with _worker(tmp_path, _STOPS_WELL, watched, folder=folder) as worker:
        wait_until(lambda: watched.crashes)
        assert str(folder) in watched.crashes[0].last_lines[0]
        assert watched.lines[0] == {"action": "start_failed", "error": watched.crashes[0].last_lines[0]}

        folder.mkdir()
        worker.restart()
        wait_until(lambda: worker.processed)


def test_no_worker_outlives_a_killed_box(tmp_path: Path) -> None:
    launcher = Path("local/workers/launcher.py").resolve()
    box = subprocess.Popen(
        [sys.executable, "-c", _BOX, str(launcher), _STOPS_NEVER],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert box.stdout is not None
    with box.stdout:
        pid = int(box.stdout.readline())
    assert is_running(pid)

    box.send_signal(signal.SIGKILL)
    box.wait()

    wait_until(lambda: not is_running(pid))


#: Starts a launcher as the box does, tells the worker's pid, and stays.
_BOX = """
import json, signal, subprocess, sys
launcher = subprocess.Popen(
    [sys.executable, sys.argv[1], "60", sys.executable, "-c", sys.argv[2]],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
)
print(json.loads(launcher.stdout.readline())["pid"], flush=True)
signal.pause()
"""


def test_a_worker_is_drained_and_started_again_when_it_is_asked(tmp_path: Path) -> None:
    watched = _Watched()
    with _worker(tmp_path, _STOPS_WELL, watched) as worker:
        wait_until(lambda: watched.lines)
        first = worker.pid

        worker.restart()

        wait_until(lambda: worker.pid not in (None, first))
        wait_until(lambda: len(watched.lines) == 3)
        assert [line["action"] for line in watched.lines] == ["message_processed", "drained", "message_processed"]
        worker.stop()
        worker.wait()
    assert (watched.crashes, worker.restarts) == ([], 0)


def test_a_worker_that_waits_after_crashes_is_started_at_once_when_it_is_asked(tmp_path: Path) -> None:
    watched = _Watched()
    code = tmp_path / "code.py"
    code.write_text("import sys; sys.exit(2)")
    with _worker(tmp_path, f"exec(open({str(code)!r}).read())", watched) as worker:
        wait_until(lambda: watched.crashes)
        code.write_text(_STOPS_WELL)

        worker.restart()

        wait_until(lambda: watched.lines)
        assert len(watched.crashes) == 1


def test_a_worker_that_fails_its_health_check_drains_and_is_started_again(tmp_path: Path) -> None:
    """It hangs: it does not end, and no crash tells of it."""
    watched = _Watched()
    check = HealthCheck([sys.executable, "-c", "raise SystemExit(1)"], 0.05, 30, 2, 0)
    with _worker(tmp_path, _STOPS_WELL, watched, check=check) as worker:
        wait_until(lambda: watched.crashes)

        assert str(watched.crashes[0]).startswith("worker 1 ended after it failed its health check; its last lines:")
        wait_until(lambda: worker.restarts)
    assert [line["action"] for line in watched.lines[:2]] == ["message_processed", "drained"]


def test_a_worker_that_is_well_goes_on(tmp_path: Path) -> None:
    watched = _Watched()
    asked = tmp_path / "asked"
    code = f"open({str(asked)!r}, 'a').write('x')"
    with _worker(tmp_path, _STOPS_WELL, watched, check=HealthCheck([sys.executable, "-c", code], 0.05, 30, 1, 0)):
        wait_until(lambda: asked.exists() and len(asked.read_text()) >= 3)

    assert watched.crashes == []


def test_failures_in_the_start_period_do_not_count(tmp_path: Path) -> None:
    ended = threading.Event()
    asked = tmp_path / "asked"
    code = f"open({str(asked)!r}, 'a').write('x'); raise SystemExit(1)"
    check = HealthCheck([sys.executable, "-c", code], 0.05, 30, 1, 0.1)

    assert check.wait_until_sick({}, tmp_path, ended) is True
    # Two within the period, and the one that counts.
    assert asked.read_text() == "xxx"
