"""What a program's own reader says of its config, before the emulator is loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local.config_check import check_config
from local.errors import BoxError
from worker_program.program import Program


def _program(folder: Path, reader: str, monkeypatch: pytest.MonkeyPatch) -> Program:
    # As it was before, afterwards: this project's own has the same name.
    monkeypatch.setitem(sys.modules, "stack_config", sys)
    del sys.modules["stack_config"]
    (folder / "stack_config.py").write_text(reader)
    return Program(folder, folder / "__main__.py", "shop", "dev", {"aws:region": "eu-west-1"})


def test_what_the_reader_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = "import pulumi\ndef read(): raise pulumi.RunError('image: required')\n"

    with pytest.raises(BoxError, match=r"^image: required$"):
        check_config(_program(tmp_path, reader, monkeypatch))


@pytest.mark.parametrize("reader", ["", "read = 7\n", "def read(\n", "import nowhere\n"])
def test_a_module_that_is_no_reader_is_left_to_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    check_config(_program(tmp_path, reader, monkeypatch))
