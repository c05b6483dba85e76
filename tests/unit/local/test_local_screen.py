"""What people read."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from local.box import open_box
from local.box_options import BoxOptions
from local.commands.log_feed import log_line
from local.errors import BoxError
from local.screen import Screen, printable
from local.workers.service_folder import GivenFolders
from local.workers.worker_process import Watcher
from worker_program.program import Program


def test_a_log_line_has_time_worker_action_id_and_the_main_detail() -> None:
    entry = {
        "timestamp": "2026-11-25T01:06:42.387Z",
        "level": "WARNING",
        "action": "message_rejected",
        "message_id": "a174759d-0a78-48d8-993a-64082c0d013c",
        "error": "the body is not JSON",
    }

    assert log_line(2, entry).split() == [
        "01:06:42.387",
        "worker",
        "2",
        "message_rejected",
        "a174759d-0a78-48d8-993a-64082c0d013c",
        *["the", "body", "is", "not", "JSON"],
    ]


def test_text_that_is_no_log_line_is_shown_as_it_is() -> None:
    assert log_line(1, {"message": "Segmentation fault"}).split() == ["worker", "1", "Segmentation", "fault"]


def test_a_message_cannot_steer_the_terminal() -> None:
    assert printable("\x1b[2Jgone\r\nküche") == "\ufffd[2Jgone\ufffd\ufffdküche"


def test_messages_are_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().say("[red]not[/red] [bold")

    assert capsys.readouterr().out == "[red]not[/red] [bold\n"


def test_a_busy_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    program = Program(tmp_path, tmp_path / "__main__.py", "worker-service", "dev", {"aws:region": "eu-west-1"})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(BoxError, match=rf"port {port} is in use by another program: .* --port"),
            open_box(BoxOptions(program, GivenFolders(), port), Screen(), Watcher(lambda *_: None, lambda _: None)),
        ):
            pass
