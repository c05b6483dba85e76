"""One run: a queue in the emulator, workers, trouble for some seconds, then time to finish, then judgement."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chaos.schedule import TROUBLE_SECONDS, Schedule, draw
from chaos.verdict import Evidence, Verdict, judge
from chaos.workers import Workers
from local.emulator import ADMIN_CREDENTIALS, Emulator
from tests.support.fault_proxy import Call, Fault, FaultProxy
from tests.support.ledger import Ledger
from tests.support.worker_queue import WorkQueue

#: Generous: what is not handled by then never will be.
_FINISH_SECONDS = 90.0
_START_SECONDS = 60.0
_TICK_SECONDS = 0.02


def run(seed: int, messages: int) -> Verdict:
    """Run one seed. Where it fails, its ledger and the workers' logs are kept, and the verdict says where."""
    schedule = draw(seed, messages)
    directory = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))
    verdict = _Run(schedule, directory).verdict()
    if verdict.failed:
        verdict.kept = str(directory)
    else:
        shutil.rmtree(directory)
    return verdict


class _Run:
    def __init__(self, schedule: Schedule, directory: Path) -> None:
        self._schedule = schedule
        self._directory = directory
        self._ledger = directory / "ledger.jsonl"
        self._dice = random.Random(schedule.seed)  # noqa: S311 - no secret
        self._sent: list[str] = []

    def verdict(self) -> Verdict:
        schedule = self._schedule
        started_at = time.monotonic()
        with Emulator() as emulator, FaultProxy(emulator.endpoint_url) as proxy:
            queue = WorkQueue(
                emulator.endpoint_url,
                visibility_seconds=schedule.visibility_seconds,
                max_receive_count=schedule.max_receive_count,
                fifo=schedule.fifo,
                credentials=ADMIN_CREDENTIALS,
            )
            workers = Workers(schedule.workers, self._environment(queue, proxy.url), self._directory)
            try:
                self._trouble(queue, proxy, workers)
                self._wait_until(queue.is_empty, workers, _FINISH_SECONDS)
                workers.look()
                workers.stop()
            finally:
                workers.kill()
            return judge(schedule, self._evidence(queue, proxy, workers), time.monotonic() - started_at)

    def _environment(self, queue: WorkQueue, endpoint: str) -> dict[str, str]:
        schedule = self._schedule
        return {
            **queue.environment(f"tests.support.fault_handlers.{schedule.handler}"),
            "AWS_ENDPOINT_URL": endpoint,
            "LEDGER_FILE": str(self._ledger),
            "WORKER_CONCURRENCY": str(schedule.concurrency),
            "WORKER_PROCESSES": str(schedule.processes),
            "WORKER_TRANSPORT": schedule.transport,
            "WORKER_STOP_TIMEOUT_SECONDS": "9",
            "WORKER_BACKOFF_BASE_SECONDS": "0.2",
            "WORKER_BACKOFF_CAP_SECONDS": "1",
            # Longer than any message of a schedule works.
            "WORKER_HANDLER_TIMEOUT_SECONDS": "8",
            **({} if schedule.threads_most is None else {"FAULT_THREADS_MOST": str(schedule.threads_most)}),
        }

    def _trouble(self, queue: WorkQueue, proxy: FaultProxy, workers: Workers) -> None:
        # The clock starts with the first receive: a worker that is not up yet cannot be troubled.
        self._wait_until(lambda: bool(proxy.calls("ReceiveMessage")), workers, _START_SECONDS)
        self._trouble_at = time.monotonic()
        proxy.rule = self._rule
        sender = threading.Thread(target=self._send, args=[queue], name="sender")
        sender.start()
        for blow in self._schedule.blows:
            self._wait_until(lambda at=blow.at_seconds: self._now() >= at, workers, TROUBLE_SECONDS)
            workers.strike(blow.worker, blow.signal)
        self._wait_until(lambda: self._now() >= TROUBLE_SECONDS, workers, TROUBLE_SECONDS)
        sender.join()
        proxy.rule = None

    def _send(self, queue: WorkQueue) -> None:
        """Half of the messages at once, the rest while there is trouble; these calls meet no faults."""
        messages = self._schedule.messages
        group_of = {key: group for group, keys in self._schedule.groups.items() for key in keys}
        for start in range(0, len(messages), 10):
            ten = messages[start : start + 10]
            if start * 2 >= len(messages):
                time.sleep(TROUBLE_SECONDS * 10 / len(messages))
            queue.sqs.send_message_batch(
                QueueUrl=queue.url, Entries=[_entry(message, group_of.get(message["key"])) for message in ten]
            )
            self._sent += [message["key"] for message in ten]

    def _rule(self, call: Call) -> Fault | None:
        now = self._now()
        for spell in self._schedule.weather:
            if (
                spell.from_seconds <= now < spell.to_seconds
                and spell.operation in (call.operation, "any call")
                and self._dice.random() < spell.share
            ):
                return spell.fault
        return None

    def _now(self) -> float:
        return time.monotonic() - self._trouble_at

    @staticmethod
    def _wait_until(done: Callable[[], bool], workers: Workers, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not done() and time.monotonic() < deadline:
            workers.look()
            time.sleep(_TICK_SECONDS)

    def _evidence(self, queue: WorkQueue, proxy: FaultProxy, workers: Workers) -> Evidence:
        ledger = Ledger.read(self._ledger)
        left = sum(queue.counts())
        return Evidence(
            ledger=ledger,
            sent=self._sent,
            dead_lettered=_take_all(queue, queue.dead_letter_url),
            queued=_take_all(queue, queue.url) if left else [],
            left_in_queue=left,
            died_at=workers.died_at,
            faults=proxy.faults(),
            exit_codes=workers.exit_codes,
        )


def _entry(message: dict[str, Any], group: str | None) -> dict[str, Any]:
    entry = {"Id": message["key"], "MessageBody": json.dumps(message)}
    return entry | ({"MessageGroupId": group, "MessageDeduplicationId": message["key"]} if group else {})


def _take_all(queue: WorkQueue, url: str) -> list[str]:
    """Keys of all messages of a queue, which is empty afterwards; waits for those that are in flight."""
    keys: list[str] = []
    patience_seconds = 8  # more than any visibility timeout of a schedule
    while True:
        answer = queue.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60, WaitTimeSeconds=patience_seconds
        )
        received = answer.get("Messages", [])
        if not received:
            return keys
        keys += [json.loads(message["Body"])["key"] for message in received]
        for message in received:
            queue.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        patience_seconds = 0 if url == queue.dead_letter_url else patience_seconds
