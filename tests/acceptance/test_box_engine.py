"""`up --engine pulumi`: the Pulumi CLI deploys to the box, whose workers run, and commands of the CLI go on it."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import httpx2
import pytest

from tests.support.box import box_state, copy_checkout, run_box, running_up, wait_until, worker_pids
from tests.support.engine import needs_pulumi

pytestmark = pytest.mark.slow

ORDER = {"order_id": "o-1", "customer": "Ada", "currency": "EUR"}
ORDER["lines"] = [{"sku": "tea", "quantity": 2, "unit_price": "3.50"}]  # type: ignore[assignment]


@needs_pulumi
def test_a_message_goes_through_and_a_change_of_the_config_is_previewed(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    stack_file = checkout / "Pulumi.dev.yaml"
    written = stack_file.read_text()
    with running_up(checkout, "--engine", "pulumi", "--port", "0") as box:
        assert run_box(checkout, "publish", json.dumps(ORDER)).returncode == 0
        wait_until(lambda: [worker["processed"] for worker in box_state(checkout)["workers"]] == [1])
        assert stack_file.read_text() == written

        same = run_box(checkout, "pulumi", "preview", "--expect-no-changes")
        assert same.returncode == 0, same.stdout
        stack_file.write_text(written.replace("max_receive_count: 3", "max_receive_count: 4"))
        changed = run_box(checkout, "pulumi", "preview", "--diff")
        assert changed.returncode == 0, changed.stdout
        assert "maxReceiveCount    : 3 => 4" in changed.stdout, changed.stdout
        refused = run_box(checkout, "pulumi", "config", "set", "max_receive_count", "5")
        assert (refused.returncode, "Pulumi.dev.yaml: edit it there" in refused.stderr) == (2, True)

        box.send_signal(signal.SIGINT)
        assert box.wait() == 0, (checkout / "up.txt").read_text()
    assert not (checkout / ".box" / "pulumi").exists()


@needs_pulumi
def test_the_workers_follow_an_up_and_a_destroy_from_a_second_terminal(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    stack_file = checkout / "Pulumi.dev.yaml"
    with running_up(checkout, "--engine", "pulumi", "--port", "0") as box:
        (first,) = worker_pids(checkout)
        stack_file.write_text(stack_file.read_text() + "  concurrency: 3\n")
        upped = run_box(checkout, "pulumi", "up", "--yes", "--skip-preview")
        assert upped.returncode == 0, upped.stdout
        wait_until(lambda: first not in worker_pids(checkout) and len(worker_pids(checkout)) == 1)
        (worker,) = box_state(checkout)["workers"]
        assert worker["environment"]["WORKER_CONCURRENCY"] == "3"
        assert run_box(checkout, "publish", json.dumps(ORDER)).returncode == 0
        wait_until(lambda: [worker["processed"] for worker in box_state(checkout)["workers"]] == [1])

        destroyed = run_box(checkout, "pulumi", "destroy", "--yes", "--skip-preview")
        assert destroyed.returncode == 0, destroyed.stdout
        wait_until(lambda: worker_pids(checkout) == [])
        status = run_box(checkout, "status")
        assert (status.returncode, "gone" in status.stdout) == (0, True), status.stderr

        box.send_signal(signal.SIGINT)
        assert box.wait() == 0
    shown = (checkout / "up.txt").read_text()
    assert "worker-service-dev-worker:2 is deployed; new workers start, and those from before drain" in shown
    assert "worker: its ECS service is gone, and its workers drain" in shown
    assert "Traceback" not in shown


@needs_pulumi
def test_a_service_that_an_up_adds_starts_by_itself(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    main = checkout / "__main__.py"
    with running_up(checkout, "--engine", "pulumi", "--port", "0") as box:
        (first,) = worker_pids(checkout)
        second = '    WorkerService("second", settings.worker_service(environment, pipeline))\n'
        main.write_text(main.read_text() + second)
        upped = run_box(checkout, "pulumi", "up", "--yes", "--skip-preview")
        assert upped.returncode == 0, upped.stdout
        wait_until(lambda: len(worker_pids(checkout)) == 2)
        assert first in worker_pids(checkout)
        wait_until(lambda: services_of_page(checkout) == ["worker", "second"])
        assert run_box(checkout, "publish", "--service", "second", json.dumps(ORDER)).returncode == 0
        processed = {"worker": 0, "second": 1}
        wait_until(lambda: {each["service"]: each["processed"] for each in box_state(checkout)["workers"]} == processed)

        box.send_signal(signal.SIGINT)
        assert box.wait() == 0
    shown = (checkout / "up.txt").read_text()
    assert f"second is new: 1 worker runs the code in {checkout / 'worker'}" in shown
    assert "Traceback" not in shown


def services_of_page(checkout: Path) -> list[str]:
    """What the page offers whoever loads it now."""
    [(address, token)] = re.findall(r"(http://\S+)#token=(\S+)", (checkout / "up.txt").read_text())
    about = httpx2.get(f"{address}api/about", headers={"Authorization": f"Bearer {token}"})
    return [service["name"] for service in about.json()["services"]]


def test_without_the_cli_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = copy_checkout(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    refused = run_box(checkout, "up", "--engine", "pulumi")
    assert refused.returncode == 2
    assert refused.stderr.startswith("the Pulumi CLI is not on PATH: https://www.pulumi.com/docs/iac/download-install/")
