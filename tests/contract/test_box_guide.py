"""docs/box.md says what is so of a worker's environment."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from local.aws import Aws
from local.workers.container import Container
from local.workers.task import process_environment

GUIDE = Path(__file__).parents[2] / "docs" / "box.md"
#: What a shell of a person may have.
USUAL = ["HOME", "LANG", "LC_ALL", "LC_TIME", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "TZ", "USER"]


def test_it_names_what_a_worker_gets_of_the_users_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    [sentence] = re.findall(r"nothing of your\s+own environment but (.*?), and are", GUIDE.read_text(), re.DOTALL)
    monkeypatch.setattr(os, "environ", dict.fromkeys([*USUAL, "HTTP_PROXY", "PYTHONPATH"], "the user's"))

    environment = process_environment(
        Container.read({"image": "orders:1"}),
        {},
        Aws("http://127.0.0.1:1", "eu-west-1", {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}),
        {},
        Path("/own/bin/python"),
        "/box/1",
    )

    inherited = [name for name, value in environment.items() if value.endswith("the user's")]
    assert sorted(re.findall(r"`(\w+)`", sentence)) == sorted(inherited)
