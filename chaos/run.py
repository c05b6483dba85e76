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

from chaos.idle_watch import IdleWatch
from chaos.schedule import SIEGE_SECONDS, TROUBLE_SECONDS, Schedule, draw
from chaos.verdict import Curfew, Evidence, Verdict, judge
from chaos.workers import Workers
from local.emulator import ADMIN_CREDENTIALS, Emulator
from tests.support.fault_proxy import Call, Fault, FaultProxy
from tests.support.ledger import Ledger
from tests.support.worker_queue import WorkQueue
from worker_runtime.sqs.quotas import LONG_POLL_SECONDS

#: Generous: what is not handled by then never will be.
_FINISH_SECONDS = 90.0
_START_SECONDS = 60.0
_TICK_SECONDS = 0.02
#: A message that a worker gave back for a later try is visible by then: the longest back-off, and a bit.
_RETURNED_BY_SECONDS = 1.3


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
        self._group_of = {key: group for group, keys in schedule.groups.items() for key in keys}
        self._curfew: Curfew | None = None

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
            self._watch = IdleWatch(self._ledger, queue, workers)
            try:
                self._trouble(queue, proxy, workers)
                if schedule.siege:
                    self._besiege(schedule.siege, queue, proxy, workers)
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
            # Longer than any message of a schedule works, and than a list of them.
            "WORKER_HANDLER_TIMEOUT_SECONDS": "40" if schedule.handler == "handle_batch" else "8",
            **({} if schedule.threads_most is None else {"FAULT_THREADS_MOST": str(schedule.threads_most)}),
        }

    def _trouble(self, queue: WorkQueue, proxy: FaultProxy, workers: Workers) -> None:
        # The clock starts with the first receive: a worker that is not up yet cannot be troubled.
        self._wait_until(lambda: bool(proxy.calls("ReceiveMessage")), workers, _START_SECONDS)
        self._trouble_at = time.monotonic()
        proxy.rule = self._rule
        sender = threading.Thread(target=self._send, args=[queue], name="sender")
        sender.start()
        blows = list(self._schedule.blows)
        if self._schedule.curfew_at_seconds is not None:
            blows = [blow for blow in blows if blow.at_seconds < self._schedule.curfew_at_seconds]
        for blow in blows:
            self._wait_until(lambda at=blow.at_seconds: self._now() >= at, workers, TROUBLE_SECONDS)
            workers.strike(blow.worker, blow.signal)
        if self._schedule.curfew_at_seconds is not None:
            self._hold_curfew(self._schedule.curfew_at_seconds, queue, workers)
        self._wait_until(lambda: self._now() >= TROUBLE_SECONDS, workers, TROUBLE_SECONDS)
        sender.join()
        proxy.rule = None

    def _hold_curfew(self, at_seconds: float, queue: WorkQueue, workers: Workers) -> None:
        """Stop all workers, and see what they have left invisible although nobody holds it any more."""
        self._wait_until(lambda: self._now() >= at_seconds, workers, TROUBLE_SECONDS)
        asked_at = time.monotonic()
        exit_codes = workers.curfew()
        left_at = time.monotonic()
        time.sleep(_RETURNED_BY_SECONDS)
        self._curfew = Curfew(asked_at, left_at, exit_codes, queue.counts()[1])
        workers.start_again()

    def _besiege(self, fault: Fault, queue: WorkQueue, proxy: FaultProxy, workers: Workers) -> None:
        """Let no receive succeed, and send messages when the polls that had begun before have ended."""
        proxy.rule = lambda call: fault if call.operation == "ReceiveMessage" else None
        self._wait_until(lambda: False, workers, LONG_POLL_SECONDS + 1)
        self._send_all(queue, self._schedule.besieged)
        self._wait_until(lambda: False, workers, SIEGE_SECONDS)
        proxy.rule = None

    def _send(self, queue: WorkQueue) -> None:
        """Half of the messages at once, the rest while there is trouble; these calls meet no faults."""
        messages = self._schedule.messages
        for start in range(0, len(messages), 10):
            ten = messages[start : start + 10]
            if start * 2 >= len(messages):
                time.sleep(TROUBLE_SECONDS * 10 / len(messages))
            self._send_all(queue, ten)

    def _send_all(self, queue: WorkQueue, messages: list[dict[str, Any]]) -> None:
        """Send up to ten messages."""
        entries = [_entry(message, self._group_of.get(message["key"])) for message in messages]
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
        self._sent += [message["key"] for message in messages]

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

    def _wait_until(self, done: Callable[[], bool], workers: Workers, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not done() and time.monotonic() < deadline:
            workers.look()
            self._watch.look()
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
            curfew=self._curfew,
            green_while_idle=self._watch.green_while_idle,
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
