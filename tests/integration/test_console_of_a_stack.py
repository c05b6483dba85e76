"""`workers console` of a deployed stack, run as its users run it, against a plain moto server that stands for AWS."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support.stack_account import StackAccount
from tests.support.worker_queue import sqs_server
from tests.support.workers_cli import command


class Page:
    """A page that may write, as its browser talks to it."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        token = parts.fragment.removeprefix("token=")
        self._client = httpx2.Client(
            base_url=f"http://{parts.netloc}/api/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=120,
            trust_env=False,
        )

    def about(self) -> Any:
        return self._client.get("about").json()

    def seen(self) -> dict[str, Any]:
        """How the service is, as it is told first."""
        with self._client.stream("GET", "services/worker/events") as answer:
            line = next(line for line in answer.iter_lines() if line.startswith("data: "))
        return json.loads(line.removeprefix("data: "))

    def done(self, path: str, **asked: Any) -> dict[str, Any]:
        """The result of a piece of work, told last."""
        answer = self._client.post(f"services/worker/{path}", json=asked)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text.strip().rpartition("data: ")[2])["result"]

    def letters(self, name: str, **asked: Any) -> dict[str, Any]:
        return self.done(f"queues/main/letters/{name}", **asked)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[StackAccount]:
    with sqs_server() as endpoint:
        # Every server of a process has the same account.
        httpx2.post(f"{endpoint}/moto-api/reset", trust_env=False)
        yield StackAccount(endpoint, tmp_path)


@pytest.fixture
def page(account: StackAccount) -> Iterator[Page]:
    process = subprocess.Popen(
        command("console", "--stack", "dev", "--write", "--json"),
        cwd=account.folder,
        env=account.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        yield Page(json.loads(process.stdout.readline())["address"])
        process.kill()
        process.wait()


def test_the_page_shows_all_that_the_account_says_of_the_service(account: StackAccount, page: Page) -> None:
    account.add_letter("o-1", "no amount")

    assert page.about()["place"] == "stack dev"
    seen = page.seen()

    [queue] = seen["queues"]
    assert (queue["queue_name"], queue["visible"], queue["dead_letters"]["visible"]) == ("orders", 0, 1)
    [source] = seen["sources"]["main"]
    assert (source["name"], source["filter_policy"]) == ("orders", '{"tenant": ["t-1"]}')
    assert (seen["running"]["desired"], seen["running"]["task_definition"]) == (2, "orders:1")
    assert [alarm["name"] for alarm in seen["alarms"]] == ["orders-dead-letters"]
    assert (seen["scaling"]["min"], seen["scaling"]["max"]) == (1, 9)
    assert "m-1" in json.dumps(seen)
    # moto knows no scaling activities: what is refused is named, and the rest is shown.
    [problem] = seen["problems"]
    assert problem.startswith("decisions: ")


def test_messages_and_letters_go_where_they_are_sent(account: StackAccount, page: Page) -> None:
    letters = {order_id: account.add_letter(order_id, "no amount") for order_id in ("o-1", "o-2")}
    account.add_letter("o-3", "too late")
    account.add_letter("o-4", "unknown sku")

    sent = page.done("publish", text='{"order_id": "o-9"}', attributes={"tenant": "t-1"}, topic=account.topic_arn)
    assert sent == {"sent": 1, "to": "topic orders"}
    passed_by = page.done("publish", text='{"order_id": "o-8"}', attributes={"tenant": "t-2"}, topic=account.topic_arn)
    assert passed_by["sent"] == 1
    assert {row["reason"]: row["letters"] for row in page.letters("look")["reasons"]} == {
        "no amount": 2,
        "too late": 1,
        "unknown sku": 1,
    }
    page.letters("edit", id=letters["o-2"], text='{"order_id": "o-2-mended"}')
    assert page.letters("redrive", reason="no amount", rate=50) == {"moved": 1, "double": 0, "undone": []}
    purged = page.letters("purge", reason="late")
    assert purged["purged"] == 1
    [saved] = Path(account.folder, purged["file"]).read_text().splitlines()
    assert json.loads(json.loads(saved)["body"]) == {"order_id": "o-3"}
    assert account.taken(account.queue_url) == ["o-1", "o-2-mended", "o-9"]
    assert account.taken(account.dead_letter_url) == ["o-4"]
