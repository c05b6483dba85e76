"""What people see of a table in terminals of different widths."""

from __future__ import annotations

import pytest
from rich.text import Text

from worker_ops.terminal import Terminal

ID = "b3869e05-ab68-4228-b44a-faf66dc20a51"


def shown(columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    Terminal(stderr=False).table(["id", "tries", "reason"], [[ID, "3", "no total amount"], ["m-2", "1", "too late"]])
    return Text.from_ansi(capsys.readouterr().out).plain


def test_a_wide_terminal_shows_rows(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"│ {ID} │ 3     │ no total amount │" in shown(80, capsys, monkeypatch)


def test_a_narrow_terminal_shows_a_line_for_each_cell_and_cuts_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line.rstrip() for line in shown(56, capsys, monkeypatch).splitlines()]

    assert lines == [
        f"id      {ID}",
        "tries   3",
        "reason  no total amount",
        "",
        "id      m-2",
        "tries   1",
        "reason  too late",
        "",
    ]
