"""The program `workers` on dead letters, run as its users run it, against an emulator."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator import Emulator
from tests.support.emulator import Cloud
from tests.support.workers_cli import DeadQueue

# Each command is a process, and ends with a poll of a second.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


@pytest.fixture
def queue(cloud: Cloud, tmp_path: Path) -> DeadQueue:
    return DeadQueue(cloud, tmp_path)


def order_ids(messages: list[dict[str, str]]) -> list[str]:
    return sorted(json.loads(message["Body"])["order_id"] for message in messages)


def test_letters_are_listed_with_their_reasons_and_stay(queue: DeadQueue) -> None:
    letter_id = queue.add({"order_id": "o-1"}, "no amount", "Reject")
    queue.add({"order_id": "o-2"}, "database is down", "OperationalError")

    listed = {letter["id"]: letter for letter in queue.run_json("dead-letters", "list")}

    assert len(listed) == 2
    shown = listed[letter_id]
    assert (shown["reason"], shown["error_type"], shown["tries"], shown["task"]) == ("no amount", "Reject", 3, "task-1")
    assert (shown["body"], shown["attributes"]) == ({"order_id": "o-1"}, {"tenant": "t-1"})
    assert "2 letters of about 2" in queue.run("dead-letters", "list")
    assert len(queue.dead()) == 2


def test_they_are_counted_by_reason_the_most_frequent_first(queue: DeadQueue) -> None:
    for number in range(4):
        queue.add({"order_id": f"o-{number}"}, "no amount" if number else "too late", "Reject")

    assert queue.run_json("dead-letters", "list", "--by", "reason") == [
        {"reason": "no amount", "error_type": "Reject", "letters": 3},
        {"reason": "too late", "error_type": "Reject", "letters": 1},
    ]


def test_a_letter_that_sqs_moved_itself_says_so(queue: DeadQueue, cloud: Cloud) -> None:
    cloud.admin("sqs").send_message(QueueUrl=queue.dead_letter_url, MessageBody="poison")

    (letter,) = queue.run_json("dead-letters", "list")

    assert letter["reason"] == "received too often without being processed"
    assert letter["body"] == "poison"


@pytest.mark.parametrize(
    ("conditions", "meant"),
    [
        (["--reason", "AMOUNT"], ["o-0", "o-2"]),
        (["--reason", "operationalerror"], ["o-1"]),
        (["--where", "body.order_id == 'o-2'"], ["o-2"]),
        (["--where", "attributes.tenant == 't-1' && tries > `2`"], ["o-0", "o-1", "o-2"]),
        (["--where", "body.missing > `3`"], []),
        (["--older-than", "1h"], []),
        (["--younger-than", "1h"], ["o-0", "o-1", "o-2"]),
        (["--topic", "orders"], []),
    ],
)
def test_conditions_choose(queue: DeadQueue, conditions: list[str], meant: list[str]) -> None:
    for number in range(3):
        reason = ("database is down", "OperationalError") if number == 1 else ("no amount", "Reject")
        queue.add({"order_id": f"o-{number}"}, *reason)

    listed = queue.run_json("dead-letters", "list", *conditions)

    assert sorted(letter["body"]["order_id"] for letter in listed) == meant


def test_what_came_through_a_topic_is_chosen_by_it_and_sent_back_as_it_came(queue: DeadQueue) -> None:
    arn = "arn:aws:sns:eu-west-1:123456789012:orders"
    envelope = {"Type": "Notification", "TopicArn": arn, "Message": '{"order_id": "o-1"}', "MessageId": "1"}
    queue.add(envelope)
    queue.add({"order_id": "o-2"})

    assert queue.run_json("dead-letters", "redrive", "--topic", "orders")["moved"] == 1

    (sent,) = queue.waiting()
    assert json.loads(sent["Body"]) == envelope
    assert sent["MessageAttributes"] == {"tenant": {"DataType": "String", "StringValue": "t-1"}}
    assert order_ids(queue.dead()) == ["o-2"]


def test_all_are_moved_by_sqs_itself(queue: DeadQueue) -> None:
    for number in range(25):
        queue.add({"order_id": f"o-{number:02}"})

    assert queue.run_json("dead-letters", "redrive") == {"moved": 25}

    assert order_ids(queue.waiting()) == [f"o-{number:02}" for number in range(25)]
    assert queue.run_json("dead-letters", "redrive") == {"moved": 0}


def test_letters_are_chosen_by_their_ids(queue: DeadQueue) -> None:
    ids = [queue.add({"order_id": f"o-{number}"}) for number in range(3)]

    queue.run("dead-letters", "redrive", ids[0], ids[2])

    assert order_ids(queue.waiting()) == ["o-0", "o-2"]
    assert order_ids(queue.dead()) == ["o-1"]


def test_a_group_keeps_its_order(cloud: Cloud, tmp_path: Path) -> None:
    queue = DeadQueue(cloud, tmp_path, fifo=True)
    for number in range(25):
        queue.add({"order_id": f"o-{number:02}"})

    queue.run("dead-letters", "redrive", "--reason", "amount")

    bodies = [json.loads(message["Body"])["order_id"] for message in queue.waiting()]
    assert bodies == [f"o-{number:02}" for number in range(25)]


def test_saved_letters_are_whole_and_stay(queue: DeadQueue, tmp_path: Path) -> None:
    letter_id = queue.add({"order_id": "o-1"})
    file = tmp_path / "letters.jsonl"

    queue.run("dead-letters", "save", str(file))

    (line,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert (line["id"], json.loads(line["body"])) == (letter_id, {"order_id": "o-1"})
    assert line["attributes"]["worker.error_message"] == {"DataType": "String", "StringValue": "no amount"}
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert len(queue.dead()) == 1
    assert "exists already" in queue.run("dead-letters", "save", str(file), code=2)


def test_purge_asks_and_saves_first(queue: DeadQueue, tmp_path: Path) -> None:
    for number in range(12):
        queue.add({"order_id": f"o-{number:02}"}, "no amount" if number % 2 else "too late")
    file = tmp_path / "purged.jsonl"

    assert "about 12 letters" in queue.run("dead-letters", "purge", "--reason", "late", code=1)
    queue.run("dead-letters", "purge", "--reason", "late", "--yes", "--save", str(file))

    saved = [json.loads(json.loads(line)["body"])["order_id"] for line in file.read_text().splitlines()]
    assert sorted(saved) == [f"o-{number:02}" for number in range(0, 12, 2)]
    assert order_ids(queue.dead()) == [f"o-{number:02}" for number in range(1, 12, 2)]


def test_nothing_is_purged_that_cannot_be_saved(queue: DeadQueue) -> None:
    queue.add({"order_id": "o-1"})

    said = queue.run("dead-letters", "purge", "--yes", "--save", "/dev/full/x", code=2)

    assert "cannot be written" in said
    assert len(queue.dead()) == 1


def editor(tmp_path: Path, script: str) -> str:
    path = tmp_path / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


@pytest.mark.parametrize(
    ("script", "code", "waiting", "dead"),
    [
        ("sed -i s/o-1/o-9/ $1", 0, ["o-9"], []),
        ("true", 0, [], ["o-1"]),
        ("sed -i s/o-1/o-9/ $1; exit 3", 2, [], ["o-1"]),
        (": > $1", 2, [], ["o-1"]),
        ("rm $1", 2, [], ["o-1"]),
    ],
    ids=["changed", "unchanged", "failed", "emptied", "removed"],
)
def test_an_edited_letter_is_sent_back_and_any_other_stays(
    queue: DeadQueue, tmp_path: Path, script: str, code: int, waiting: list[str], dead: list[str]
) -> None:
    letter_id = queue.add({"order_id": "o-1"})

    queue.run("dead-letters", "edit", letter_id, code=code, EDITOR=editor(tmp_path, script))

    assert order_ids(queue.waiting()) == waiting
    assert order_ids(queue.dead()) == dead


def test_an_edited_notification_keeps_its_envelope(queue: DeadQueue, tmp_path: Path) -> None:
    envelope = {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:orders", "Message": '{"order_id": "o-1"}'}
    letter_id = queue.add(envelope)

    queue.run("dead-letters", "edit", letter_id, EDITOR=editor(tmp_path, "sed -i s/o-1/o-9/ $1"))

    (sent,) = queue.waiting()
    assert json.loads(sent["Body"]) == {**envelope, "Message": '{"order_id": "o-9"}'}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--where", "((", "--older-than", "x"],
            ["--where: '((' is not a JMESPath", "--older-than: 'x' is not a span"],
        ),
        (["--by", "colour"], ["--by: 'colour' is not reason"]),
        (["--box"], ["--box and --queue: name one place"]),
        (["--profile", "nobody"], ["nobody"]),
    ],
)
def test_bad_input_is_told_at_once(queue: DeadQueue, arguments: list[str], said: list[str]) -> None:
    told = queue.run("dead-letters", "list", *arguments, code=2)

    assert all(sentence in told for sentence in said)
    assert "Traceback" not in told


def test_a_denied_call_names_the_right_and_the_queue(queue: DeadQueue, cloud: Cloud) -> None:
    queue.add({"order_id": "o-1"})
    credentials = cloud.emulator.task_credentials(cloud.role())

    told = queue.run("dead-letters", "list", code=2, **credentials)

    assert "denied: sqs:GetQueueAttributes on " in told
    assert queue.url in told


def kill_until_done(queue: DeadQueue, chance: random.Random, *arguments: str) -> int:
    """Kill the command at random steps until it ends by itself; returns how often it was killed."""
    kills = 0
    while True:
        process = queue.start(*arguments)
        # A look at all letters takes two seconds: later ones live longer, or none would come to its end.
        time.sleep(chance.uniform(0.5, 1.4 + 0.2 * kills))
        if process.poll() is not None:
            assert process.returncode == 0
            return kills
        process.kill()
        process.wait()
        kills += 1
        queue.show_all()


def test_a_killed_redrive_loses_no_letter(queue: DeadQueue) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    all_ids = [f"o-{number:03}" for number in range(300)]
    for order_id in all_ids:
        queue.add({"order_id": order_id}, "no amount" if order_id < "o-150" else "too late")

    kills = kill_until_done(queue, chance, "dead-letters", "redrive", "--reason", "amount", "--rate", "50")

    assert kills > 2
    sent = Counter(order_ids(queue.waiting()))
    assert sorted(sent) == all_ids[:150]
    # Each kill may leave one letter of which nobody knows whether it was copied.
    assert sum(sent.values()) - 150 <= kills
    queue.show_all()
    assert order_ids(queue.dead()) == all_ids[150:]


def test_a_killed_purge_has_saved_what_it_deleted(queue: DeadQueue, tmp_path: Path) -> None:
    chance = random.Random(8)  # noqa: S311 - no secret
    all_ids = [f"o-{number:03}" for number in range(300)]
    for order_id in all_ids:
        queue.add({"order_id": order_id})
    files: list[Path] = []

    def purge() -> list[str]:
        files.append(tmp_path / f"purged-{len(files)}.jsonl")
        return ["dead-letters", "purge", "--yes", "--save", str(files[-1])]

    for _ in range(10):
        process = queue.start(*purge())
        time.sleep(chance.uniform(0.5, 1.0))
        process.kill()
        process.wait()
        queue.show_all()

    saved = {json.loads(json.loads(line)["body"])["order_id"] for line in whole_lines(files)}
    assert saved | set(order_ids(queue.dead())) == set(all_ids)


def whole_lines(files: list[Path]) -> list[str]:
    texts = [file.read_text() for file in files if file.exists()]
    return [line for text in texts for line in text.split("\n")[:-1]]


def test_two_at_once_work_on_different_letters(queue: DeadQueue) -> None:
    all_ids = [f"o-{number:03}" for number in range(60)]
    for order_id in all_ids:
        queue.add({"order_id": order_id})

    processes = [queue.start("dead-letters", "redrive", "--reason", "amount") for _ in range(2)]
    codes = sorted(process.wait() for process in processes)

    # On one machine the second one waits its turn; the journal is one redrive's.
    assert codes in ([0, 0], [0, 2])
    assert order_ids(queue.waiting()) == all_ids
    assert queue.dead() == []


def test_two_people_at_once_keep_the_order_of_groups(cloud: Cloud, tmp_path: Path) -> None:
    queue = DeadQueue(cloud, tmp_path, fifo=True)
    all_ids = [f"o-{number:02}" for number in range(24)]
    for number, order_id in enumerate(all_ids):
        queue.add({"order_id": order_id}, MessageGroupId=f"g-{number % 3}")

    # Each on a machine of their own, whose journals know nothing of each other.
    homes = [str(tmp_path / name) for name in ("ann", "bob")]
    processes = [queue.start("dead-letters", "redrive", "--reason", "amount", HOME=home) for home in homes]
    assert [process.wait() for process in processes] == [0, 0]
    queue.run("dead-letters", "redrive", "--reason", "amount")

    sent = [json.loads(message["Body"])["order_id"] for message in queue.waiting()]
    assert sorted(sent) == all_ids
    for group in range(3):
        assert [order_id for order_id in sent if int(order_id[2:]) % 3 == group] == all_ids[group::3]
    assert queue.dead() == []
