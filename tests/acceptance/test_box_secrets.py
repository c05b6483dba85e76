"""examples/secrets in the box: the handler sees the values; what is not there keeps tasks from starting."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.box import copy_checkout, run_box, running_up, wait_until

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "secrets"
README = (EXAMPLE / "README.md").read_text()
[MESSAGE] = re.findall(r"examples/secrets '(.*)'", README)
[SAID] = re.findall(r"The worker says `(.*)`", README)


def copy_example(directory: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, directory / "secrets", ignore=shutil.ignore_patterns(".box", "__pycache__")))


def test_the_handler_sees_what_the_stores_hold(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copy_example(tmp_path)
    with running_up(checkout, "--port", "0", program=program):
        published = run_box(checkout, "publish", "--program", str(program), MESSAGE)
        assert published.returncode == 0, published.stderr
        shown = checkout / "up.txt"
        wait_until(lambda: SAID in shown.read_text())


def test_a_field_that_a_secret_lacks_is_named_and_nothing_starts(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copy_example(tmp_path)
    main = program / "__main__.py"
    main.write_text(main.read_text().replace(":password::", ":passwort::"))
    refused = run_box(checkout, "up", "--program", str(program), "--port", "0")
    assert refused.returncode == 2
    assert "mailer: no task could start:" in refused.stderr
    said = r"SMTP_PASSWORD: arn:aws:\S+:passwort:: cannot be read: it has no field 'passwort'"
    assert re.search(said, refused.stderr)
