"""Edited code is noticed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from local.workers.code_watch import CodeWatch, Edit

ORDERS = Path("handlers/orders.py")


@pytest.fixture
def service(tmp_path: Path) -> Path:
    (tmp_path / "handlers").mkdir()
    (tmp_path / ORDERS).write_text("def handle(message): ...\n")
    return tmp_path


def test_files_that_are_edited_added_and_removed_are_named_once(service: Path) -> None:
    (service / "gone.py").touch()
    watch = CodeWatch(service)
    assert watch.look() is None

    (service / ORDERS).write_text("def handle(order): ...\n")
    (service / "new.py").touch()
    (service / "gone.py").unlink()

    assert watch.look() == Edit([Path("gone.py"), ORDERS, Path("new.py")], [])
    assert watch.look() is None


def test_what_is_no_code_of_the_service_is_left_alone(service: Path) -> None:
    (service / "venv").mkdir()
    (service / "venv" / "pyvenv.cfg").touch()
    watch = CodeWatch(service)

    for folder in ("venv", ".box", "handlers/__pycache__"):
        (service / folder).mkdir(exist_ok=True)
        (service / folder / "module.py").touch()
    (service / "notes.txt").touch()

    assert watch.look() is None


def test_what_python_cannot_read_is_told_and_what_is_no_file_is_left_alone(service: Path) -> None:
    watch = CodeWatch(service)
    os.mkfifo(service / "pipe.py")
    (service / "deep.py").write_text("-" * 100_000 + "1")

    edit = watch.look()
    assert edit is not None
    assert edit.files == [Path("deep.py")]
    assert edit.syntax_errors[0].startswith("deep.py: ")


def test_a_syntax_error_is_told_with_its_line_until_it_is_mended(service: Path) -> None:
    watch = CodeWatch(service)

    (service / ORDERS).write_text("import json\ndef handle(message:\n")
    edit = watch.look()
    assert edit is not None
    assert edit.syntax_errors == [f"{ORDERS}:2: '(' was never closed"]

    (service / "other.py").touch()
    edit = watch.look()
    assert edit is not None
    assert (edit.files, len(edit.syntax_errors)) == ([ORDERS, Path("other.py")], 1)

    (service / ORDERS).write_text("import json\ndef handle(message): ...\n")
    assert watch.look() == Edit([ORDERS, Path("other.py")], [])
    assert watch.look() is None
