"""What the page does to an account, asked as a browser asks it, against an emulator."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from local.emulator import Emulator
from tests.support.emulator import Cloud, short_polls, wait_until
from tests.support.workers_cli import DeadQueue
from worker_ops.console.web.app import console_app
from worker_ops.console.web.console import Console
from worker_ops.console.web.work import Work
from worker_ops.dead_letters import held_letters
from worker_ops.dead_letters.queue import dead_letter_queue
from worker_ops.dead_letters.redrive import redrive_chosen
from worker_ops.dead_letters.selection import Selection
from worker_ops.places.place import Place, Service, WorkQueue

TOKEN = "t" * 43


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator, short_polls():
        yield Cloud(emulator)


class Page:
    """A page on one queue, as its browser talks to it."""

    def __init__(
        self, cloud: Cloud, directory: Path, *, can_write: bool = True, fifo: bool = False, topic: bool = False
    ) -> None:
        self.queue = DeadQueue(cloud, directory, fifo=fifo)
        self.saved = directory / "purged"
        self.topic_arn = cloud.topic() if topic else None
        account = cloud.operator()
        queues = (WorkQueue("main", self.queue.url, self.queue.dead_letter_url),)
        service = Service("orders", queues, self.topic_arn)
        self.console = Console(
            Place("the box", account, [service]), [service], can_write=can_write, save_directory=self.saved
        )
        self._client = TestClient(
            console_app(self.console, TOKEN),
            base_url="http://127.0.0.1:4567",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    def post(self, path: str, content: str = "{}", service: str = "orders") -> tuple[int, str]:
        answer = self._client.post(f"/api/services/{service}/{path}", content=content)
        return answer.status_code, answer.text

    def end(self, path: str, **asked: Any) -> dict[str, Any]:
        """What a piece of work tells last: its result or its problem."""
        status, told = self.post(path, json.dumps(asked))
        assert status == 200, told
        return json.loads(told.strip().rpartition("data: ")[2])

    def letters(self, name: str, **asked: Any) -> dict[str, Any]:
        return self.end(f"queues/main/letters/{name}", **asked)

    def done(self, name: str, **asked: Any) -> dict[str, Any]:
        return self.letters(name, **asked)["result"]

    def problems(self, path: str, **asked: Any) -> list[str]:
        status, told = self.post(path, json.dumps(asked))
        assert status == 400, told
        return json.loads(told)["problems"]


@pytest.fixture
def page(cloud: Cloud, tmp_path: Path) -> Page:
    return Page(cloud, tmp_path)


def order_ids(messages: list[dict[str, str]]) -> list[str]:
    return sorted(json.loads(message["Body"])["order_id"] for message in messages)


def add(page: Page, count: int) -> list[str]:
    """Orders, every other one with another reason; returns the letters' ids."""
    return [
        page.queue.add({"order_id": f"o-{number}"}, "no amount" if number % 2 else "too late", "Reject")
        for number in range(count)
    ]


def test_letters_are_shown_by_reason_and_stay(page: Page) -> None:
    ids = add(page, 3)

    shown = page.done("look")

    assert shown["reasons"] == [
        {"reason": "too late", "error_type": "Reject", "letters": 2},
        {"reason": "no amount", "error_type": "Reject", "letters": 1},
    ]
    assert (shown["looked_at"], shown["fitting"]) == (3, 3)
    letter = next(letter for letter in shown["letters"] if letter["id"] == ids[1])
    assert (letter["reason"], letter["tries"], letter["text"]) == ("no amount", 3, '{"order_id": "o-1"}')
    assert order_ids(page.queue.dead()) == ["o-0", "o-1", "o-2"]


def test_a_sender_may_name_attributes_as_the_worker_does(page: Page, cloud: Cloud) -> None:
    odd = {"worker.receive_count": {"DataType": "String", "StringValue": "many"}}
    cloud.admin("sqs").send_message(QueueUrl=page.queue.dead_letter_url, MessageBody="x", MessageAttributes=odd)

    assert [letter["tries"] for letter in page.done("look")["letters"]] == [0]


@pytest.mark.parametrize(
    "text", ["NaN", '{"a": Infinity}', "[" * 100_000, '"\\ud800"'], ids=["nan", "inf", "deep", "half"]
)
def test_a_body_that_json_has_no_word_for_is_its_text(page: Page, text: str) -> None:
    page.queue.add(text)

    (letter,) = page.done("look")["letters"]

    assert letter["text"] == text
    json.dumps(letter, allow_nan=False)


@pytest.mark.parametrize(
    ("conditions", "meant"),
    [
        ({}, ["o-0", "o-1", "o-2", "o-3"]),
        ({"reason": "AMOUNT"}, ["o-1", "o-3"]),
        ({"where": 'reason == `"too late"`'}, ["o-0", "o-2"]),
        ({"older_than": "1h"}, []),
    ],
)
def test_what_is_meant_is_redriven_and_the_rest_stays(page: Page, conditions: dict[str, str], meant: list[str]) -> None:
    add(page, 4)

    assert page.done("redrive", **conditions)["moved"] == len(meant)
    assert order_ids(page.queue.waiting()) == meant
    page.queue.show_all()
    assert order_ids(page.queue.dead()) == sorted({"o-0", "o-1", "o-2", "o-3"} - set(meant))


def test_chosen_letters_are_redriven_by_their_ids(page: Page) -> None:
    ids = add(page, 3)

    assert page.done("redrive", ids=ids[:2], rate=50) == {"moved": 2, "double": 0, "undone": []}
    assert order_ids(page.queue.waiting()) == ["o-0", "o-1"]


def test_a_redrive_of_all_says_what_somebody_else_holds(page: Page, cloud: Cloud) -> None:
    add(page, 3)
    cloud.admin("sqs").receive_message(QueueUrl=page.queue.dead_letter_url, VisibilityTimeout=600)

    done = page.done("redrive")

    assert done["moved"] == 2
    (told,) = done["undone"]
    assert told.startswith("1 letter is in flight elsewhere: what somebody holds just now SQS does not move.")


def test_a_letter_is_edited_and_sent_back(page: Page) -> None:
    ids = add(page, 2)

    sent = page.done("edit", id=ids[0], text='{"order_id": "o-7"}')["sent"]

    (message,) = page.queue.waiting()
    assert (message["MessageId"], json.loads(message["Body"])) == (sent, {"order_id": "o-7"})
    page.queue.show_all()
    assert order_ids(page.queue.dead()) == ["o-1"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"id": "m-9", "text": "x"}, "no letter m-9 is in "),
        ({"text": ""}, "the message is empty, which AWS does not take: the letter stays as it is"),
        ({"text": "x" * 1_048_577}, "the message has 1,048,577 bytes"),
        ({"text": "a\x00b"}, 'the message holds "\\u0000", which AWS does not take: the letter stays as it is'),
    ],
    ids=["unknown", "empty", "too long", "odd"],
)
def test_what_cannot_be_sent_leaves_the_letter(page: Page, asked: dict[str, str], said: str) -> None:
    (letter_id,) = add(page, 1)

    assert said in page.letters("edit", **{"id": letter_id, **asked})["problem"]
    assert page.queue.waiting() == []
    assert order_ids(page.queue.dead()) == ["o-0"]


def test_a_letter_that_was_not_changed_stays(page: Page) -> None:
    (letter_id,) = add(page, 1)

    assert page.done("edit", id=letter_id, text='{"order_id": "o-0"}') == {"sent": None}
    assert order_ids(page.queue.dead()) == ["o-0"]


@pytest.mark.parametrize("name", ["redrive", "purge"])
def test_a_chosen_letter_that_is_gone_is_told(page: Page, name: str) -> None:
    (letter_id,) = add(page, 1)

    undone = page.done(name, ids=[letter_id, "m-9"])["undone"]

    assert undone == [f"1 of 2 letters not found in {page.queue.dead_letter_name}, or held by somebody else"]


@pytest.mark.parametrize("name", ["redrive", "purge"])
def test_letters_that_nobody_looked_at_are_told(page: Page, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_letters, "LOOKED_AT_MOST", 10)
    add(page, 25)

    assert page.done("look")["is_cut_short"]
    (told,) = page.done(name, reason="nobody said so")["undone"]
    assert told.startswith("stopped at 10 letters that stay, the most that are held at a time: about 15 more were")


def test_letters_are_saved_before_they_are_purged(page: Page) -> None:
    add(page, 4)

    purged = page.done("purge", reason="amount")

    (file,) = page.saved.iterdir()
    assert purged == {"purged": 2, "file": str(file), "undone": []}
    saved = [json.loads(line) for line in file.read_text().splitlines()]
    assert sorted(json.loads(letter["body"])["order_id"] for letter in saved) == ["o-1", "o-3"]
    assert file.stat().st_mode & 0o077 == 0
    page.queue.show_all()
    assert order_ids(page.queue.dead()) == ["o-0", "o-2"]


def test_a_fifo_letter_goes_back_into_its_group(cloud: Cloud, tmp_path: Path) -> None:
    page = Page(cloud, tmp_path, fifo=True)
    add(page, 2)

    assert page.done("redrive", reason="late")["moved"] == 1
    (message,) = page.queue.waiting()
    assert message["Attributes"]["MessageGroupId"] == "g"


def test_messages_are_published_with_attributes(cloud: Cloud, tmp_path: Path) -> None:
    page = Page(cloud, tmp_path, topic=True)
    assert page.topic_arn is not None
    url = cloud.subscribed_queue(page.topic_arn)

    told = page.end("publish", text="<b>o</b>", attributes={"tenant": "t-1"}, count=12, topic=page.topic_arn)

    assert told == {"result": {"sent": 12, "to": f"topic {page.topic_arn.rpartition(':')[2]}"}}
    received = [*cloud.receive(url), *cloud.receive(url)]
    envelopes = [json.loads(message["Body"]) for message in received]
    assert [envelope["Message"] for envelope in envelopes] == ["<b>o</b>"] * 12
    assert envelopes[0]["MessageAttributes"] == {"tenant": {"Type": "String", "Value": "t-1"}}


def test_a_message_goes_straight_into_a_queue(page: Page) -> None:
    assert page.end("publish", text="-", queue="main")["result"]["sent"] == 1
    assert [message["Body"] for message in page.queue.waiting()] == ["-"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"text": ""}, "the message is empty, which AWS does not take"),
        ({"text": 7}, "text: 7 is not a text"),
        ({"text": "a\x00"}, 'the message holds "\\u0000", which AWS does not take'),
        ({"text": "a", "count": 10_001}, "count: 10001 is not a whole number from 1 to 10,000"),
        ({"text": "a", "count": True}, "count: True is not a whole number from 1 to 10,000"),
        ({"text": "a", "rate": 0}, "rate: 0 is not a whole number from 1 to 10,000"),
        ({"text": "a", "queue": "other"}, "--queue-name: 'other' is not a queue of orders, which has main"),
        ({"text": "a", "topic": "arn:aws:sns:eu-west-1:1:t"}, "topic: 'arn:aws:sns:eu-west-1:1:t' does not send to"),
        ({"text": "a", "topic": []}, "topic: [] is not a text"),
        ({"text": "a", "queue": []}, "queue: [] is not a text"),
        ({"text": "a", "group": 5}, "group: 5 is not a text"),
        ({"text": "a", "group": "\ud800"}, "--group: '\\ud800' is not 1 to 128 letters, digits"),
        ({"text": "a", "attributes": ["x"]}, "attributes: is not an object of texts"),
        ({"text": "a", "attributes": {"AWS.x": "1"}}, "--attribute: 'AWS.x=1' is not NAME=VALUE"),
    ],
)
def test_a_form_that_cannot_be_sent_is_told(page: Page, asked: dict[str, Any], said: str) -> None:
    (problem,) = page.problems("publish", **{"queue": "main", **asked})

    assert problem.startswith(said)
    assert page.queue.waiting() == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"where": "(("}, ["--where: '((' is not a JMESPath expression"]),
        ({"where": "((", "older_than": "soon"}, ["--older-than: 'soon' is not a span of time", "--where: "]),
        ({"where": "\ud800"}, ["--where: '\\ud800' is not a JMESPath expression"]),
        ({"reason": ["x"]}, ["a condition is not a text: ['x']"]),
        ({"ids": {"a": 1}}, ["a condition is not a text: {'a': 1}"]),
        ({"ids": [7], "reason": 8}, ["a condition is not a text: 7, 8"]),
        ({"rate": 501}, ["rate: 501 is not a whole number from 1 to 500"]),
    ],
)
def test_conditions_that_say_nothing_are_told_at_once(page: Page, asked: dict[str, Any], said: list[str]) -> None:
    problems = page.problems("queues/main/letters/redrive", **asked)

    assert [problem[: len(start)] for problem, start in zip(problems, said, strict=True)] == said


@pytest.mark.parametrize("content", ["", "[]", "7", "{", "[" * 100_000], ids=["empty", "list", "7", "half", "deep"])
def test_what_is_no_object_is_refused(page: Page, content: str) -> None:
    assert page.post("publish", content) == (400, '{"problems":["the request is not a JSON object"]}')


def test_what_is_too_long_is_refused(page: Page) -> None:
    status, told = page.post("publish", "x" * 2_200_000)

    assert (status, json.loads(told)["problems"]) == (400, ["the request has more than 2,162,688 bytes"])


@pytest.mark.parametrize("name", ["redrive", "edit", "purge", "stop"])
def test_a_page_that_only_shows_changes_nothing(cloud: Cloud, tmp_path: Path, name: str) -> None:
    page = Page(cloud, tmp_path, can_write=False)
    (letter_id,) = add(page, 1)
    refused = (403, '{"problems":["the page only shows: open it with --write to change something"]}')

    assert page.post(f"queues/main/letters/{name}", json.dumps({"id": letter_id, "text": "x"})) == refused
    assert page.post("publish", '{"text": "x", "queue": "main"}') == refused
    assert page.done("look")["looked_at"] == 1
    assert order_ids(page.queue.dead()) == ["o-0"]


def test_nothing_is_done_to_what_there_is_not(page: Page) -> None:
    assert page.post("queues/main/letters/redrive", service="other")[0] == 404
    assert page.problems("queues/bulk/letters/redrive") == [
        "--queue-name: 'bulk' is not a queue of orders, which has main"
    ]
    assert page.problems("queues/main/letters/stop")[0].startswith("no redrive of ")


def test_one_piece_of_work_at_a_time_holds_a_queues_letters(page: Page) -> None:
    begun = page.console.works.start(page.queue.dead_letter_url.rpartition("/")[2], _until_stopped)

    (problem,) = page.problems("queues/main/letters/purge")
    assert "is being done with" in problem
    assert page.post("queues/main/letters/stop")[0] == 200
    begun.wait()

    assert page.done("look")["looked_at"] == 0


def test_what_runs_is_stopped_when_the_page_closes_and_nothing_stays_hidden(page: Page) -> None:
    add(page, 20)
    queue = dead_letter_queue(page.console.place.account, page.console.services[0].queues[0])
    moved = threading.Event()

    def redrive(work: Work) -> dict[str, Any]:
        def on_moved() -> None:
            moved.set()
            work.advance()

        redrive_chosen(queue, Selection(reason="Reject"), letters_a_second=1, on_moved=on_moved)
        return {}

    page.console.works.start(queue.name, redrive)
    moved.wait()
    page.console.works.end()

    sent = order_ids(page.queue.waiting())
    assert 1 <= len(sent) < 20
    assert sorted([*sent, *order_ids(page.queue.dead())]) == sorted(f"o-{number}" for number in range(20))


def test_sqss_own_redrive_is_stopped_and_the_rest_stays(page: Page) -> None:
    add(page, 20)
    ended: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: ended.append(page.letters("redrive", rate=1)))
    thread.start()
    wait_until(lambda: page.post("queues/main/letters/stop")[0] == 200)
    thread.join()

    assert re.fullmatch(r"the redrive ended CANCELLED: \d+ were moved", ended[0]["problem"])
    moved = order_ids(page.queue.waiting())
    assert len(moved) < 20
    assert sorted([*moved, *order_ids(page.queue.dead())]) == sorted(f"o-{number}" for number in range(20))


def _until_stopped(work: Work) -> dict[str, Any]:
    while True:
        work.advance()
