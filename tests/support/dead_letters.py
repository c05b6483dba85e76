"""A dead-letter queue that a test tells, and `workers dead-letters` on it."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support.told_account import ToldAccount
from worker_ops import options
from worker_ops.cli import app
from worker_ops.errors import OpsError
from worker_ops.places.place import Place, Service, WorkQueue

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


class DeadLetters:
    """A dead-letter queue whose letters are m-0, m-1 and so on, of which somebody else holds some."""

    def __init__(self, *bodies: str, held_elsewhere: int = 0, is_fifo: bool = False) -> None:
        self.letters = {f"m-{number}": body for number, body in enumerate(bodies)}
        self.held: set[str] = set()
        self.interrupted_at: str | None = None
        self.fails_at: str | None = None
        self.failure: Exception = OpsError("is there a network?")
        self._held_elsewhere = held_elsewhere
        self._end = ".fifo" if is_fifo else ""
        self.account = ToldAccount(
            get_queue_attributes=self._attributes,
            receive_message=self._received,
            delete_message=self._deleted,
            change_message_visibility_batch=self._shown,
            change_message_visibility={},
            send_message={"MessageId": "new"},
        )

    def place(self) -> Place:
        queue = WorkQueue("main", URL + self._end, f"{URL}-dead{self._end}")
        return Place("stack dev", self.account, [Service("orders", (queue,))])

    def move_tasks(self, *told: dict[str, Any] | Exception) -> None:
        """What SQS tells of its move task, each time that it is asked."""
        tasks = iter(told)

        def listed(_asked: dict[str, Any]) -> Any:
            task = next(tasks)
            return task if isinstance(task, Exception) else {"Results": [task]}

        self.account.answers |= {"list_message_move_tasks": listed, "start_message_move_task": {}}

    def _attributes(self, _asked: dict[str, Any]) -> dict[str, Any]:
        counts = {
            "ApproximateNumberOfMessages": len(self.letters) - len(self.held),
            "ApproximateNumberOfMessagesNotVisible": len(self.held) + self._held_elsewhere,
            "ApproximateNumberOfMessagesDelayed": 0,
        }
        return {"Attributes": {"QueueArn": "arn", **{name: str(count) for name, count in counts.items()}}}

    def _received(self, asked: dict[str, Any]) -> dict[str, Any]:
        ids = [id_ for id_ in self.letters if id_ not in self.held][: asked["MaxNumberOfMessages"]]
        self.held.update(ids)
        return {"Messages": [self._message(id_) for id_ in ids]}

    def _message(self, id_: str) -> dict[str, Any]:
        reason = {"DataType": "String", "StringValue": "no amount"}
        return {
            "MessageId": id_,
            "Body": self.letters[id_],
            "ReceiptHandle": id_,
            "Attributes": {"SentTimestamp": "1772600767000"},
            "MessageAttributes": {"worker.error_message": reason},
        }

    def _deleted(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["ReceiptHandle"] == self.interrupted_at:
            raise KeyboardInterrupt
        if asked["ReceiptHandle"] == self.fails_at:
            raise self.failure
        del self.letters[asked["ReceiptHandle"]]
        self.held.discard(asked["ReceiptHandle"])
        return {}

    def _shown(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.held -= {entry["ReceiptHandle"] for entry in asked["Entries"]}
        return {}


def run(dead: DeadLetters, *words: str, answer: str = "") -> Result:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(options, "choose_place", lambda _where: dead.place())
        return CliRunner().invoke(app, ["dead-letters", *words], input=answer)
