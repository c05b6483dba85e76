"""The operator's story: dead letters are looked at, saved, edited, sent back and purged, with the commands killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from moto.sqs.models import sqs_backends

from tests.support.worker_queue import REGION, WorkQueue, running_worker

ORDERS = 1_000
#: Malformed orders by what is wrong with them.
FAULTS = {"no customer": 20, "no currency": 15, "no lines": 5}
_DEADLINE_SECONDS = 600.0
_LONGEST_RECEIVE_SECONDS = 3.0


class StoryError(Exception):
    """Something was lost, or is there that no kill explains."""


@dataclass
class _Tries:
    """How often commands are killed before they may end."""

    chance: Random
    kills_a_step: int
    killed: int = 0


class Story:
    """One telling, on a queue of its own."""

    def __init__(self, queue: WorkQueue, directory: Path, seed: int, kills_a_step: int) -> None:
        self._queue = queue
        self._directory = directory
        self._tries = _Tries(Random(seed), kills_a_step)  # noqa: S311 - no secret
        self._ledger = directory / "ledger.jsonl"
        self._mended = directory / "mended.txt"
        self._mended.touch()
        self._saved: list[Path] = []
        self._orders = {f"o-{number:04d}": "" for number in range(ORDERS)}
        places = iter(range(0, ORDERS, ORDERS // sum(FAULTS.values())))
        for fault, count in FAULTS.items():
            self._orders.update({f"o-{next(places):04d}": fault for _ in range(count)})

    def tell(self) -> int:
        """Tell it, and return how many commands were killed. Raises StoryError."""
        self._send()
        self._work()
        self._expect_reasons(FAULTS)
        self._until_done(lambda: ["save", str(self._new_file("save"))])
        self._expect("letters saved", len(_letters(self._saved[-1])), sum(FAULTS.values()))
        edited = self._edit()
        self._expect_reasons({**FAULTS, "no lines": FAULTS["no lines"] - 1})
        self._mended.write_text("no customer\n", encoding="utf-8")
        self._until_done(lambda: ["redrive", "--reason", "no customer", "--rate", "50"])
        self._expect_reasons({"no currency": FAULTS["no currency"], "no lines": FAULTS["no lines"] - 1})
        first_purge = len(self._saved)
        self._until_done(lambda: ["purge", "--yes", "--save", str(self._new_file("purge"))])
        self._expect_reasons({})
        self._work()
        self._account(edited, self._saved[first_purge:])
        return self._tries.killed

    def _send(self) -> None:
        file = self._directory / "orders.jsonl"
        orders = ({"order_id": order_id, "fault": fault} for order_id, fault in self._orders.items())
        file.write_text("".join(json.dumps(order) + "\n" for order in orders), encoding="utf-8")
        self._run("send", "--file", str(file))

    def _work(self) -> None:
        """Have a worker empty the queue."""
        environment = {
            **self._queue.environment("chaos.story_handler.handle"),
            "STORY_LEDGER": str(self._ledger),
            "STORY_MENDED": str(self._mended),
            # One batch at a time: moto's own server looks at all messages for each call.
            "WORKER_CONCURRENCY": "1",
        }
        with running_worker(environment, self._directory):
            deadline = time.monotonic() + _DEADLINE_SECONDS
            while not self._queue.is_empty():
                if time.monotonic() > deadline:
                    raise StoryError("the worker did not empty the queue")
                time.sleep(0.2)

    def _edit(self) -> str:
        """Mend one order in an editor, and return its id."""
        letters = self._json("list", "--reason", "no lines")
        letter = min(letters, key=lambda letter: letter["body"]["order_id"])
        editor = self._directory / "editor.sh"
        editor.write_text('#!/bin/sh\nsed -i \'s/"no lines"/""/\' "$1"\n', encoding="utf-8")
        editor.chmod(0o700)
        # A killed one may have sent the order and taken the letter away: then there is nothing left to edit.
        self._until_done(lambda: ["edit", letter["id"]], is_gone="no letter", EDITOR=str(editor))
        return letter["body"]["order_id"]

    def _account(self, edited: str, purges: list[Path]) -> None:
        """Every order was processed, or lies in a file; none is double but where a kill explains it."""
        done = Counter(json.loads(line) for line in self._ledger.read_text(encoding="utf-8").splitlines())
        kept = {order_id for order_id, fault in self._orders.items() if fault in ("no currency", "no lines")} - {edited}
        purged = {json.loads(letter["body"])["order_id"] for file in purges for letter in _letters(file)}
        self._expect("orders processed", sorted(done), sorted(set(self._orders) - kept))
        self._expect("orders purged, all of them saved", sorted(purged), sorted(kept))
        doubles = done.total() - len(done)
        if doubles > self._tries.killed:
            raise StoryError(f"{doubles} orders are double, and only {self._tries.killed} commands were killed")

    def _expect_reasons(self, letters: dict[str, int]) -> None:
        found = {row["reason"]: row["letters"] for row in self._json("list", "--by", "reason")}
        self._expect("letters by reason", found, letters)

    def _expect(self, what: str, found: Any, expected: Any) -> None:
        if found != expected:
            raise StoryError(f"{what}: {found} in place of {expected}")

    def _until_done(self, command: Callable[[], list[str]], is_gone: str = "", **environment: str) -> None:
        """Kill the command at random moments, so many times, and then let it end."""
        for _ in range(self._tries.kills_a_step):
            process = self._start(command(), environment)
            time.sleep(self._tries.chance.uniform(0.2, 2.5))
            if process.poll() is None:
                self._tries.killed += 1
            process.kill()
            process.communicate()
            show_all(self._queue.dead_letter_url)
        self._settle()
        process = self._start(command(), environment)
        _, told = process.communicate()
        if process.returncode and not (is_gone and is_gone in told):
            raise StoryError(told)

    def _settle(self) -> None:
        """A receive of a killed command may still be under way, which takes letters a second after it."""
        if self._tries.kills_a_step:
            time.sleep(_LONGEST_RECEIVE_SECONDS)
            show_all(self._queue.dead_letter_url)

    def _new_file(self, stem: str) -> Path:
        self._saved.append(self._directory / f"{stem}-{len(self._saved)}.jsonl")
        return self._saved[-1]

    def _json(self, *words: str) -> Any:
        return json.loads(self._run("dead-letters", *words, "--json"))

    def _run(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own command
            self._line(words), env=self._environment({}), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StoryError(done.stderr)
        return done.stdout

    def _start(self, words: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own command
            self._line(("dead-letters", *words)),
            env=self._environment(environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _line(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "worker_ops", *words, "--queue", self._queue.url]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        path = {"PATH": os.environ["PATH"], "HOME": str(self._directory), "AWS_DEFAULT_REGION": REGION}
        return {**path, **self._queue.credentials, **more}


def show_all(queue_url: str) -> None:
    """Make what a killed command holds visible now, as the end of its visibility timeout does a minute later."""
    queue: Any = sqs_backends["123456789012"][REGION].queues[queue_url.rpartition("/")[2]]
    if hasattr(queue, "store"):
        for entry in list(queue.store._entries.values()):
            queue.store.change_visibility(entry, 0)
        return
    for message in list(queue._messages):
        message.change_visibility(0)


def _letters(file: Path) -> list[dict[str, Any]]:
    """Whole lines alone: a killed command leaves half a one."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]
