"""`python -m local up`, and the commands of a second terminal."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from local.box_state import read_state
from local.queues import queue_counts
from tests.support.box import (
    box_state,
    copy_checkout,
    is_running,
    processes_in,
    run_box,
    running_up,
    wait_until,
    worker_pids,
)

pytestmark = pytest.mark.slow

_ORDER = {
    "order_id": "o-1",
    "customer": "Ada",
    "currency": "EUR",
    "lines": [{"sku": "tea", "quantity": 2, "unit_price": "3.50"}],
}


def test_a_box_is_used_from_a_second_terminal_until_ctrl_c(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    with running_up(checkout, "--port", "0") as up:
        _publish_and_redrive(checkout)
        second = run_box(checkout, "up", "--port", "0")
        assert second.returncode == 2
        assert f"a box already runs here (process {up.pid})" in second.stderr
        (worker,) = worker_pids(checkout)

        up.send_signal(signal.SIGINT)

        assert up.wait(timeout=60) == 0
        assert not is_running(worker)
        assert processes_in(checkout) == []
    shown = (checkout / "up.txt").read_text()
    for setting in ("AWS_ENDPOINT_URL=http://127.0.0.1:", "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1"):
        assert f"export {setting}" in shown
    assert "order o-1 of Ada: 7.00 EUR" in shown
    assert "Traceback" not in shown
    status = run_box(checkout, "status")
    assert status.returncode == 2
    assert status.stderr == (
        "no box runs here: start one with `make up` (or `python -m local up`), "
        "or name the folder of its program with --program\n"
    )


def test_a_worker_and_a_box_that_are_killed(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    with running_up(checkout, "--port", "0") as up:
        (worker,) = worker_pids(checkout)
        os.kill(worker, signal.SIGKILL)
        (restarted,) = wait_until(lambda: [pid for pid in worker_pids(checkout) if pid != worker])
        shown = (checkout / "up.txt").read_text()
        assert "worker 1 ended by SIGKILL\n" in shown

        up.kill()

        wait_until(lambda: not is_running(restarted) and not processes_in(checkout))
    status = run_box(checkout, "status")
    assert status.returncode == 2
    assert "the last one was killed, and its workers stopped with it" in status.stderr


def test_a_storm_of_signals_leaves_nothing_behind(tmp_path: Path) -> None:
    """As a terminal that is closed, and the machine that goes down after it, send them."""
    checkout = copy_checkout(tmp_path)
    with running_up(checkout, "--port", "0") as up:
        while up.poll() is None:
            up.send_signal(signal.SIGHUP)
            up.send_signal(signal.SIGTERM)
            time.sleep(0.01)

        assert up.wait() in (0, 130)
    wait_until(lambda: not processes_in(checkout))
    assert "Traceback" not in (checkout / "up.txt").read_text()
    assert not (checkout / ".box" / "box.json").exists()


def test_who_has_seen_enough_ends_the_box(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    up = shlex.join([sys.executable, "-m", "local", "up", "--port", "0"])

    done = subprocess.run(
        ["/bin/bash", "-c", f"{up} | head -1; exit ${{PIPESTATUS[0]}}"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "Loading Pulumi ...\n")
    assert done.stderr == "what is shown is lost from here on: Broken pipe\n"
    assert processes_in(checkout) == []


def test_a_second_terminal_may_be_in_any_folder(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    with running_up(checkout, "--port", "0", "--quiet"):
        sent = _workers(tmp_path, "send", "--box", "--program", str(checkout), json.dumps(_ORDER))
        wait_until(lambda: box_state(checkout)["workers"][0]["processed"] == 1)
        told = json.loads(_workers(tmp_path, "status", "--box", "--program", str(checkout), "--json"))
        run = _workers(tmp_path, "exec", "--box", "--program", str(checkout), "--", "sh", "-c", "echo $QUEUE_NAME; pwd")
        shown = wait_until(lambda: "1 message_processed" in (text := (checkout / "up.txt").read_text()) and text)

    assert sent.startswith("1 message sent to topic worker-topic-")
    assert "order o-1 of Ada" not in shown
    assert told["queues"]["main"]["last_processed"].endswith("Z")
    assert run.splitlines()[0].startswith("worker-queue-")
    assert run.splitlines()[1] == str(checkout / "worker")


def test_the_workers_are_what_ecs_says(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    with running_up(checkout, "--port", "0"):
        state = read_state(checkout)
        ecs = state.aws().client("ecs")
        name = {"cluster": state.services[0].cluster_arn, "service": state.services[0].ecs_service_name}
        (first,) = worker_pids(checkout)

        ecs.update_service(**name, desiredCount=3)
        three = wait_until(lambda: len(pids := worker_pids(checkout)) == 3 and pids)
        assert first in three
        (told,) = wait_until(lambda: _running(ecs, name) == 3 and ecs.describe_services(**_named(name))["services"])
        assert told["deployments"][0]["rolloutState"] == "COMPLETED"

        ecs.update_service(**name, desiredCount=1)
        wait_until(lambda: worker_pids(checkout) == [first] and not any(map(is_running, set(three) - {first})))

        ecs.update_service(**name, forceNewDeployment=True)
        wait_until(lambda: len(pids := worker_pids(checkout)) == 1 and pids != [first])
        wait_until(lambda: not is_running(first))

        ecs.update_service(**name, desiredCount=0)
        wait_until(lambda: worker_pids(checkout) == [] and _running(ecs, name) == 0)


def _running(ecs: Any, name: dict[str, str]) -> int:
    return ecs.describe_services(**_named(name))["services"][0]["runningCount"]


def _named(name: dict[str, str]) -> dict[str, Any]:
    return {"cluster": name["cluster"], "services": [name["service"]]}


def test_what_keeps_a_worker_from_starting_is_told_once(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    (checkout / "worker" / "handlers" / "orders.py").write_text("def broken(:\n")
    with running_up(checkout, "--port", "0", until=lambda: "It is started again" in (checkout / "up.txt").read_text()):
        shown, _, _ = (checkout / "up.txt").read_text().partition("It is started again")

    assert shown.count("SyntaxError: invalid syntax") == 1
    assert "worker 1 ended with exit code 2\n" in shown


def _workers(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "worker_ops", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def _publish_and_redrive(checkout: Path) -> None:
    orders = checkout / "orders.jsonl"
    orders.write_text(json.dumps(_ORDER) + "\n" + json.dumps({**_ORDER, "customer": ""}) + "\n")
    assert run_box(checkout, "publish", "--file", str(orders)).stdout.startswith("2 messages published in ")
    assert run_box(checkout, "publish", "not an order").stdout.startswith("1 message published in ")
    wait_until(lambda: _dead_letters(checkout) == 2)
    wait_until(lambda: box_state(checkout)["workers"][0]["processed"] == 1)

    redrive = run_box(checkout, "redrive")

    assert redrive.stdout == "2 messages moved back to the queue.\n", redrive.stderr
    # They are as malformed as before.
    wait_until(lambda: _dead_letters(checkout) == 2)
    status = run_box(checkout, "status").stdout
    (dead_letters,) = [line for line in status.splitlines() if "dead-letter queue" in line]
    assert dead_letters.split("│")[3].strip() == "2"
    assert "Nothing was denied." in status


def _dead_letters(checkout: Path) -> int:
    state = read_state(checkout)
    return queue_counts(state.aws(), state.services[0].dead_letter_queue_url).total
