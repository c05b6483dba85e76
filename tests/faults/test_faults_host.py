"""What is around the worker fails: F30, F31, F33, F34."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import Call, Fault
from tests.support.small_server import Asked, small_server
from tests.support.worker_queue import DEADLINE_SECONDS, wait_until

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_f30_a_blocked_stdout_holds_up_neither_handlers_nor_sigterm(lab: FaultLab) -> None:
    """Nobody reads the pipe: it is full after some hundred lines."""
    queue = lab.queue(visibility_seconds=30)
    lab.send(queue, *(f"m{number}" for number in range(800)))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LEDGER_FILE": str(lab.directory / "ledger.jsonl"),
        "WORKER_HEALTH_DIRECTORY": str(lab.directory / "health"),
        **queue.environment("tests.support.fault_handlers.handle"),
    }
    with subprocess.Popen([sys.executable, "-m", "worker_runtime"], env=environment, stdout=subprocess.PIPE) as process:
        try:
            lab.wait_until_done(queue)
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE_SECONDS) == 0
        finally:
            process.kill()
    lab.assert_each_done_once()


def test_f31_the_worker_needs_no_place_to_write(lab: FaultLab) -> None:
    """Neither its working directory nor its health directory can be written to; /proc refuses even root."""
    queue = lab.queue()
    lab.send(queue, "a", {"key": "b", "fail": 1})
    with lab.worker(queue, WORKER_HEALTH_DIRECTORY="/proc/1/health", TMPDIR="/proc/1") as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    lab.assert_each_done_once()


@pytest.mark.slow
def test_f33_too_many_messages_in_flight_is_an_error_that_passes(lab: FaultLab) -> None:
    """SQS answers OverLimit to a short poll; to a long one, nothing at all, which no client can tell from idle."""
    queue = lab.queue()
    lab.send(queue, "a")

    def over_limit_once(call: Call) -> Fault | None:
        is_first = call.operation == "ReceiveMessage" and not lab.proxy.faults()
        return Fault(status=403, code="OverLimit", message="Too many messages in flight") if is_first else None

    lab.proxy.rule = over_limit_once
    with lab.worker(queue) as worker:
        (failed,) = worker.wait_for("receive_failed")
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert "OverLimit" in failed["error"]
    in_flight = [line["MessagesInFlight"] for line in worker.lines if line.get("action") == "metrics"]
    assert in_flight
    lab.assert_each_done_once("a")


class Agent:
    """ECS's agent, as far as scale-in protection goes."""

    def __init__(self) -> None:
        self.works = True
        self.asked: list[Any] = []

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Note what was asked for."""
        self.asked.append((asked.method, asked.path, asked.body["ProtectionEnabled"]))
        if not self.works:
            return 500, {"failure": {"Reason": "ServerException"}}
        return 200, {"protection": {"ProtectionEnabled": asked.body["ProtectionEnabled"]}}


PATH = "/api/task-protection/v1/state"


@pytest.mark.parametrize("processes", ["1", *slow("2")])
def test_f34_the_task_is_protected_while_handlers_run(lab: FaultLab, processes: str) -> None:
    agent = Agent()
    queue = lab.queue(visibility_seconds=30)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)}, {"key": "b", "until": str(go)})
    with small_server(agent.answer) as url:
        environment = {"WORKER_SCALE_IN_PROTECTION": "true", "ECS_AGENT_URI": f"{url}/api"}
        with lab.worker(queue, WORKER_PROCESSES=processes, **environment) as worker:
            wait_until(lambda: agent.asked, "protection")
            assert agent.asked == [("PUT", PATH, True)]
            go.touch()
            lab.wait_until_done(queue)
            assert worker.stop() == 0
    assert agent.asked == [("PUT", PATH, True), ("PUT", PATH, False)]


@pytest.mark.slow
def test_f34_an_agent_out_of_order_is_harmless(lab: FaultLab) -> None:
    agent = Agent()
    agent.works = False
    queue = lab.queue(visibility_seconds=30)
    with small_server(agent.answer) as url:
        environment = {"WORKER_SCALE_IN_PROTECTION": "true", "ECS_AGENT_URI": f"{url}/api"}
        with lab.worker(queue, **environment) as worker:
            lab.send(queue, {"key": "a", "seconds": 1.5}, "b")
            worker.wait_for("protection_failed")
            lab.wait_until_done(queue)
            assert worker.stop() == 0
    assert len(agent.asked) == 1
    lab.assert_each_done_once()
