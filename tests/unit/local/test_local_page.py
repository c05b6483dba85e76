"""The page of a box: its token, its samples and its port."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from local import page
from local.box_state import BoxState, box_directory, only_box, write_state
from local.errors import BoxError
from local.page import Page, open_page, read_samples
from local.service import Service

ROOT = Path(__file__).parents[3]
SERVICE = Service(
    name="orders",
    queue_url="http://127.0.0.1:1/123456789012/orders",
    queue_arn="arn:aws:sqs:eu-west-1:123456789012:orders",
    dead_letter_queue_url="http://127.0.0.1:1/123456789012/orders-dead",
    dead_letter_queue_arn="arn:aws:sqs:eu-west-1:123456789012:orders-dead",
    topic_arn="arn:aws:sns:eu-west-1:123456789012:orders",
    cluster_arn="arn:aws:ecs:eu-west-1:123456789012:cluster/orders",
    ecs_service_name="orders",
)


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

    tokens = [urlsplit(opened.address).fragment.removeprefix("token=") for opened in (first, second)]
    assert tokens[0] == tokens[1]
    assert len(tokens[0]) >= 43
    assert (box_directory(tmp_path) / "page-token").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("half", ["", "abc"])
def test_half_a_token_is_none(running: Any, tmp_path: Path, half: str) -> None:
    (box_directory(tmp_path) / "page-token").write_text(half)

    with open_page(running, [], 0) as opened:
        assert len(urlsplit(opened.address).fragment) >= len("token=") + 43


def test_a_port_that_is_taken_is_another(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_page(running, [], 0) as first:
        taken = urlsplit(first.address).port
        assert taken
        with open_page(running, [], taken - 1) as second:
            assert urlsplit(second.address).port not in (taken, None)
    with open_page(running, [], taken - 1) as third:
        assert urlsplit(third.address).port == taken
    monkeypatch.setattr(page, "_PORT_MOST", taken)
    with open_page(running, [], taken) as last:
        assert urlsplit(last.address).port


def test_a_service_that_came_later_is_shown(running: Any, tmp_path: Path) -> None:
    with open_page(running, [], 0) as opened:
        before = shown(opened)
        credentials = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        write_state(tmp_path, BoxState(1, "dev", "http://127.0.0.1:1", "eu-west-1", credentials, [SERVICE]))
        opened.look_again()

        assert (before, shown(opened)) == ([], ["orders"])
        with asked(opened, "services/orders/events") as events:
            assert events.status_code == 200


def shown(opened: Page) -> list[str]:
    """The services that the page knows."""
    with asked(opened, "about") as about:
        return [service["name"] for service in json.loads(about.read())["services"]]


def asked(opened: Page, path: str) -> AbstractContextManager[httpx2.Response]:
    address, _, token = opened.address.partition("#token=")
    return httpx2.stream("GET", f"{address}api/{path}", headers={"Authorization": f"Bearer {token}"})


def test_samples_are_checked_and_may_be_left_out(tmp_path: Path) -> None:
    assert read_samples(tmp_path) == []
    (tmp_path / "samples.jsonl").write_text('{"a": 1}\n\n')

    with pytest.raises(BoxError, match=r"the page's samples: .*samples.jsonl, line 2: is empty"):
        read_samples(tmp_path)


def test_this_projects_samples_are_orders_good_and_bad() -> None:
    assert len(read_samples(ROOT)) == 5
