"""What is shown may be lost; what runs goes on, and ends as it must."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: What a box does last, where nothing may be left out. It waits for a line first.
_DRAINS = """
import sys
from local.screen import Screen
screen = Screen()
sys.stdin.readline()
with screen.phase("Draining"):
    screen.say("caf\\udce9, kueche \\u2713")
    with open(sys.argv[1], "w"):
        pass
raise SystemExit(8 if screen.reader_left else 7)
"""


@pytest.fixture
def drained(tmp_path: Path) -> Path:
    return tmp_path / "drained"


def _draining(drained: Path, **more: Any) -> subprocess.Popen[str]:
    # Python keeps what it could not write, and tries it again at its end, where it is not told to buffer nothing.
    environment = {**os.environ, "PYTHONUNBUFFERED": "", **more.pop("env", {})}
    command = [sys.executable, "-c", _DRAINS, str(drained)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=environment, **more)


def test_a_full_disk_takes_what_is_shown_and_no_more(drained: Path) -> None:
    with Path("/dev/full").open("w") as full, _draining(drained, stdout=full, stderr=subprocess.PIPE) as process:
        _, stderr = process.communicate("\n")

    assert (process.returncode, stderr) == (7, "what is shown is lost from here on: No space left on device\n")
    assert drained.exists()


def test_a_reader_who_has_seen_enough_is_told_of_and_ends_nothing_halfway(drained: Path) -> None:
    reading, writing = os.pipe()
    with _draining(drained, stdout=writing, stderr=writing) as process:
        os.close(writing)
        os.close(reading)
        process.communicate("\n")

    assert process.returncode == 8
    assert drained.exists()


def test_a_terminal_that_is_closed_ends_nothing_halfway(drained: Path) -> None:
    terminal, slave = pty.openpty()
    with _draining(drained, stdout=slave, stderr=slave, env={"TERM": "xterm"}) as process:
        os.close(slave)
        os.close(terminal)
        process.communicate("\n")

    assert process.returncode == 7
    assert drained.exists()


def test_what_the_encoding_has_not_is_shown_all_the_same(drained: Path) -> None:
    with _draining(drained, stdout=subprocess.PIPE, env={"PYTHONIOENCODING": "ascii"}) as process:
        stdout, _ = process.communicate("\n")

    assert process.returncode == 7
    assert "caf\\udce9, kueche \\u2713" in stdout


def test_without_stdout_nothing_is_shown(drained: Path) -> None:
    with _draining(drained, preexec_fn=lambda: os.close(1)) as process:
        process.communicate("\n")

    assert process.returncode == 7
    assert drained.exists()
