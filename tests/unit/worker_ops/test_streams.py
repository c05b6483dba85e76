"""`workers` with a stdin, stdout or stderr that is full, closed, or has no character for what is told."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LINE = json.dumps({"timestamp": "t", "level": "INFO", "action": "tea", "message": "\N{TEACUP WITHOUT HANDLE}"}) + "\n"
#: One that prints, one that is asked for and told by typer, one that nobody could answer.
COMMANDS = ["logs --box", "logs --box --json", "--help", "logs --help", "status --stack none"]
TOLD = [
    "logs --box",
    "--help",
    *(pytest.param(command, marks=pytest.mark.slow) for command in ("logs --box --json", "logs --help")),
]
ALL_CLOSED = "<&- >&- 2>&-"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A program with a box, of which only the log is there."""
    directory = tmp_path / ".box"
    (directory / "logs").mkdir(parents=True)
    state = {"region": "eu-west-1", "endpoint_url": "http://127.0.0.1:1", "credentials": {}, "workers": []}
    service = {"name": "s", "queue_url": "u", "dead_letter_queue_url": None, "topic_arn": None, "cluster_arn": None}
    (directory / "box.json").write_text(json.dumps({**state, "services": [{**service, "ecs_service_name": None}]}))
    (directory / "logs" / "worker-1.log").write_text(LINE * 1_000)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield tmp_path


def shell(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell, in which `workers` is the program."""
    return subprocess.run(
        ["/bin/bash", "-c", f'workers() {{ "{sys.executable}" -m worker_ops "$@"; }}; {line}'],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", TOLD)
def test_a_full_disk_is_a_sentence(folder: Path, command: str) -> None:
    done = shell(folder, f"workers {command} > /dev/full")

    assert (done.returncode, done.stderr) == (1, "the answer cannot be written: No space left on device\n")


@pytest.mark.parametrize("command", TOLD)
def test_where_nothing_can_be_told_the_exit_code_tells(folder: Path, command: str) -> None:
    assert shell(folder, f"workers {command} > /dev/full 2>&1").returncode == 1


@pytest.mark.parametrize("command", TOLD)
def test_a_reader_that_has_enough_is_told_nothing(folder: Path, command: str) -> None:
    assert shell(folder, f"workers {command} | head -1").stderr == ""


@pytest.mark.parametrize(
    ("command", "closed"),
    [
        pytest.param(command, closed, marks=() if command == COMMANDS[0] or closed == ALL_CLOSED else pytest.mark.slow)
        for command in COMMANDS
        for closed in ("<&-", ">&-", "2>&-", ALL_CLOSED)
    ],
)
def test_a_stream_that_is_closed_changes_nothing(folder: Path, command: str, closed: str) -> None:
    done = shell(folder, f"workers {command} {closed}")

    assert done.returncode == (2 if "none" in command else 0)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["send -", "send --file /dev/stdin"])
def test_nothing_is_read_from_a_stdin_that_is_closed(folder: Path, command: str) -> None:
    done = shell(folder, f"workers {command} --box <&-")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_what_the_terminal_has_no_character_for_is_told_by_its_number(folder: Path) -> None:
    done = shell(folder, "workers logs --box | tail -1", PYTHONIOENCODING="ascii")

    assert done.stdout == "t worker-1 INFO    tea message=\\U0001f375\n"
