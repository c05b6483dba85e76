"""The page of a box: its token, its samples and its port."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from local import page
from local.box_state import BoxState, box_directory, only_box, write_state
from local.errors import BoxError
from local.page import open_page, read_samples

ROOT = Path(__file__).parents[3]


def box(root: Path) -> Any:
    return SimpleNamespace(program=SimpleNamespace(root=root))


@pytest.fixture
def running(tmp_path: Path) -> Any:
    credentials = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    with only_box(tmp_path):
        write_state(tmp_path, BoxState(1, "dev", "http://127.0.0.1:1", "eu-west-1", credentials, []))
        yield box(tmp_path)


def test_the_token_is_the_same_each_time_and_nobody_elses(running: Any, tmp_path: Path) -> None:
    with open_page(running, [], 0) as first:
        pass
    with open_page(running, [], 0) as second:
        pass

    tokens = [urlsplit(address).fragment.removeprefix("token=") for address in (first, second)]
    assert tokens[0] == tokens[1]
    assert len(tokens[0]) >= 43
    assert (box_directory(tmp_path) / "page-token").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("half", ["", "abc"])
def test_half_a_token_is_none(running: Any, tmp_path: Path, half: str) -> None:
    (box_directory(tmp_path) / "page-token").write_text(half)

    with open_page(running, [], 0) as address:
        assert len(urlsplit(address).fragment) >= len("token=") + 43


def test_a_port_that_is_taken_is_another(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_page(running, [], 0) as first:
        taken = urlsplit(first).port
        assert taken
        with open_page(running, [], taken - 1) as second:
            assert urlsplit(second).port not in (taken, None)
    with open_page(running, [], taken - 1) as third:
        assert urlsplit(third).port == taken
    monkeypatch.setattr(page, "_PORT_MOST", taken)
    with open_page(running, [], taken) as last:
        assert urlsplit(last).port


def test_samples_are_checked_and_may_be_left_out(tmp_path: Path) -> None:
    assert read_samples(tmp_path) == []
    (tmp_path / "samples.jsonl").write_text('{"a": 1}\n\n')

    with pytest.raises(BoxError, match=r"the page's samples: .*samples.jsonl, line 2: is empty"):
        read_samples(tmp_path)


def test_this_projects_samples_are_orders_good_and_bad() -> None:
    assert len(read_samples(ROOT)) == 5
