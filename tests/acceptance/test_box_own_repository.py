"""`python -m local up --program PATH`: the example of a repository of one's own, with its own handlers."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

import pytest

from tests.support.box import copy_checkout, is_running, processes_in, run_box, running_up, wait_until, worker_pids

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "own-repository"
RECEIVED = Path("service/invoices/received.py")
#: What the README publishes, by service.
MESSAGES = dict(re.findall(r"--service (\w+) '(.*)'", (EXAMPLE / "README.md").read_text()))


def test_its_handlers_run_are_edited_and_survive_a_killed_box(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), _copy_example(tmp_path)
    before = _files(program)
    with running_up(checkout, "--port", "0", program=program) as up:
        shown = Shown(checkout)
        shown.wait_for("Installing requirements.txt of service")
        _runs_in_an_environment_of_its_own(program)
        _publish(checkout, program, "received", MESSAGES["received"])
        shown.wait_for("invoice 2026-7 is to be paid to GB82 WEST 1234 5698 7654 32")
        _edit(checkout, program, shown)
        second = run_box(checkout, "up", "--program", str(program), "--port", "0")
        assert (second.returncode, f"a box already runs here (process {up.pid})" in second.stderr) == (2, True)
        workers = worker_pids(program)

        up.kill()

        wait_until(lambda: not any(map(is_running, workers)))
    status = run_box(checkout, "status", "--program", str(program))
    assert (status.returncode, "the last one was killed" in status.stderr) == (2, True)

    with running_up(checkout, "--port", "0", program=program) as up:
        shown = Shown(checkout)
        _publish(checkout, program, "reminders", MESSAGES["reminders"])
        shown.wait_for("invoice 2026-8 is overdue by 14 days")
        assert "Installing" not in shown.text

        up.send_signal(signal.SIGINT)

        assert up.wait(timeout=60) == 0
    assert processes_in(program) == []
    assert _files(program) == before
    assert (program / ".box" / ".gitignore").read_text() == "*\n"


class Shown:
    """What `up` shows."""

    def __init__(self, checkout: Path) -> None:
        self._path = checkout / "up.txt"

    @property
    def text(self) -> str:
        return self._path.read_text()

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.text)


def _copy_example(directory: Path) -> Path:
    ignored = shutil.ignore_patterns(".box", "__pycache__", "*.egg-info")
    return Path(shutil.copytree(EXAMPLE, directory / "own-repository", ignore=ignored))


def _files(program: Path) -> set[Path]:
    """The repository's files, without what it has Git ignore."""
    return {path for path in program.rglob("*") if not {".box", "__pycache__"} & set(path.parts)}


def _publish(checkout: Path, program: Path, service: str, message: str) -> None:
    published = run_box(checkout, "publish", "--program", str(program), "--service", service, message)
    assert published.stdout.startswith("1 message published in "), published.stderr


def _runs_in_an_environment_of_its_own(program: Path) -> None:
    [environment] = (program / ".box" / "environments").iterdir()
    assert list(environment.glob("lib/python*/site-packages/stdnum"))
    for worker in worker_pids(program):
        variables = Path(f"/proc/{worker}/environ").read_bytes().split(b"\0")
        assert any(variable.startswith(f"PATH={environment}/bin:".encode()) for variable in variables)
        assert Path(f"/proc/{worker}/cwd").readlink() == program / "service"


def _edit(checkout: Path, program: Path, shown: Shown) -> None:
    """Code that Python cannot read is told and not run; mended code runs, and no message is lost."""
    handler, before = program / RECEIVED, worker_pids(program)
    good = handler.read_text()
    handler.write_text(good + "\ndef broken(:\n")
    line = len(good.splitlines()) + 2
    shown.wait_for(f"invoices/received.py:{line}: invalid syntax. The workers keep the code from before")
    _publish(checkout, program, "received", MESSAGES["received"].replace("2026-7", "2026-9"))
    shown.wait_for("invoice 2026-9 is to be paid to GB82")
    assert worker_pids(program) == before

    handler.write_text(good.replace("is to be paid to", "is payable to"))
    shown.wait_for("invoices/received.py changed: restarting the workers")
    _publish(checkout, program, "received", MESSAGES["received"].replace("2026-7", "2026-10"))
    shown.wait_for("invoice 2026-10 is payable to GB82")
    wait_until(lambda: len(worker_pids(program)) == 2 and not set(worker_pids(program)) & set(before))
    handler.write_text(good)
    wait_until(lambda: shown.text.count("invoices/received.py changed: restarting the workers") == 2)
