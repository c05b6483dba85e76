"""A program's folder for the tests of pipelines: `source: directory` builds what lies beside the program."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program's folder with a service in it, to be the current one."""
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path
