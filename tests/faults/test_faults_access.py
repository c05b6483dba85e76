"""Keys, credentials and clocks that fail: F25 to F27."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.emulator import ADMIN_CREDENTIALS
from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import Call, Fault
from tests.support.small_server import Asked, small_server
from tests.support.worker_queue import REGION, wait_until

WORKER = Path(__file__).parents[2] / "worker"
#: The modules that may tell the time of day: for people, signatures and files, never to wait by.
TELL_THE_TIME = {
    "demand_publisher.py",
    "first_failures.py",
    "health.py",
    "json_log.py",
    "message.py",
    "metrics.py",
    "signer.py",
    # Locks of `once` hold across tasks, which have no other clock in common; the transaction holds without it.
    "dynamodb_store.py",
    "sqlite_store.py",
}


@pytest.mark.slow
def test_f25_a_disabled_key_is_seen_and_nothing_is_lost(lab: FaultLab) -> None:
    kms: Any = boto3.client(
        "kms",
        region_name=REGION,
        endpoint_url=lab.endpoint,
        aws_access_key_id=ADMIN_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ADMIN_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    queue = lab.queue(visibility_seconds=30)
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"KmsMasterKeyId": key})
    go = lab.directory / "go"
    lab.send(queue, {"key": "running", "until": str(go)}, "waiting")
    health = lab.directory / "health"
    with lab.worker(queue, WORKER_CONCURRENCY="1") as worker:
        lab.wait_for_attempts("running")
        kms.disable_key(KeyId=key)
        go.touch()
        failed = worker.wait_for("receive_failed")
        wait_until(lambda: "KMS" in health_text(health), "an unhealthy worker", 60)
        kms.enable_key(KeyId=key)
        lab.wait_until_done(queue)
        wait_until(lambda: '"problem": null' in health_text(health), "a healthy worker", 60)
        assert worker.stop() == 0
    assert "KMS" in failed[0]["error"]
    lab.assert_each_done_once()


class Credentials:
    """The endpoint from which a task gets its credentials; it can be out of order."""

    def __init__(self) -> None:
        self.works = True
        self.failures = 0

    def answer(self, _asked: Asked) -> tuple[int, Any]:
        """Give credentials that end so soon that each use asks for new ones."""
        if not self.works:
            self.failures += 1
            return 500, {"code": "InternalError", "message": "out of order"}
        end = datetime.now(UTC) + timedelta(minutes=5)
        return 200, {
            "AccessKeyId": ADMIN_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": ADMIN_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            "Token": "a-token",
            "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


@pytest.fixture
def credentials() -> Iterator[tuple[Credentials, str]]:
    endpoint = Credentials()
    with small_server(endpoint.answer) as url:
        yield endpoint, url


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["wire", "boto3"])
def test_f26_work_goes_on_while_credentials_cannot_be_renewed(
    lab: FaultLab, credentials: tuple[Credentials, str], transport: str
) -> None:
    endpoint, url = credentials
    queue = lab.queue(visibility_seconds=60)
    go = lab.directory / "go"
    lab.send(queue, {"key": "a", "until": str(go)})
    environment = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/credentials",
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "1",
        "WORKER_TRANSPORT": transport,
    }
    with lab.worker(queue, **environment) as worker:
        lab.wait_for_attempts("a")
        endpoint.works = False
        go.touch()
        worker.wait_for("message_processed")
        since = time.monotonic()
        wait_until(lambda: endpoint.failures >= 2 and time.monotonic() > since + 15, "failed refreshes")
        endpoint.works = True
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    lab.assert_each_done_once("a")


@pytest.mark.parametrize("transport", ["wire", *slow("boto3")])
@pytest.mark.parametrize("code", ["ExpiredToken", *slow("AccessDenied", "InvalidClientTokenId")])
def test_f26_a_refused_delete_is_sent_again_while_the_lease_holds(lab: FaultLab, code: str, transport: str) -> None:
    """The refusal may be over in a moment, and the message would be done twice."""
    queue = lab.queue(visibility_seconds=20)
    lab.send(queue, "a", "b", "c")
    refusals = [Fault(status=403, code=code, message="not now")]
    lab.proxy.rule = lambda call: refusals.pop() if call.operation == "DeleteMessageBatch" and refusals else None
    with lab.worker(queue, WORKER_TRANSPORT=transport) as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert worker.actions("delete_failed") == []
    lab.assert_each_done_once()


@pytest.mark.slow
def test_f26_deletes_refused_for_longer_than_the_visibility_timeout_follow(lab: FaultLab) -> None:
    """The heartbeat still works, so nothing is done twice; new messages are deleted as soon as deletes work."""
    queue = lab.queue(visibility_seconds=5)
    lab.send(queue, "a", "b", "c")
    refusal = Fault(status=403, code="AccessDenied", message="not now")
    since = time.monotonic()
    lab.proxy.rule = lambda call: (
        refusal if call.operation == "DeleteMessageBatch" and time.monotonic() < since + 12 else None
    )
    with lab.worker(queue) as worker:
        wait_until(lambda: time.monotonic() > since + 12, "the end of the refusals")
        lab.send(queue, "d")
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    assert worker.actions("delete_failed") == []
    assert len(lab.proxy.calls("DeleteMessageBatch")) < 40
    lab.assert_each_done_once()


SKEWED_CLOCK = """
import time
_gmtime, _time = time.gmtime, time.time
time.time = lambda: _time() + 600
time.gmtime = lambda seconds=None: _gmtime(time.time() if seconds is None else seconds)
"""


@pytest.mark.slow
def test_f27_a_clock_ten_minutes_off_is_named_as_the_reason(lab: FaultLab) -> None:
    """SQS refuses signatures more than five minutes off: the emulator does not look, so the proxy does."""
    (lab.directory / "sitecustomize.py").write_text(SKEWED_CLOCK)
    queue = lab.queue()
    lab.send(queue, "a")
    lab.proxy.rule = refuse_old_signatures
    with lab.worker(queue) as worker:
        failed = worker.wait_for("receive_failed")
        wait_until(lambda: "Signature" in health_text(lab.directory / "health"), "an unhealthy worker", 60)
        assert worker.stop() == 0
    assert "Signature not yet current" in failed[0]["error"]
    assert queue.counts() == (1, 0)


def test_f27_no_wait_depends_on_the_time_of_day() -> None:
    for path in sorted(WORKER.rglob("*.py")):
        used = {
            f"{node.value.id}.{node.attr}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        }
        if used & {"time.time", "datetime.now", "datetime.utcnow"}:
            assert path.name in TELL_THE_TIME, f"{path.name} reads the time of day"


@pytest.mark.slow
def test_f27_a_clock_that_is_off_disturbs_no_lease(lab: FaultLab) -> None:
    (lab.directory / "sitecustomize.py").write_text(SKEWED_CLOCK)
    queue = lab.queue(visibility_seconds=2)
    lab.send(queue, {"key": "a", "seconds": 3}, {"key": "b", "fail": 1})
    with lab.worker(queue) as worker:
        lab.wait_until_done(queue)
        assert worker.stop() == 0
    lab.assert_each_done_once()


def refuse_old_signatures(call: Call) -> Fault | None:
    """What SQS does with a signature of another time."""
    stamp = call.headers.get("x-amz-date")
    if stamp is None:
        return None
    signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs((signed_at - datetime.now(UTC)).total_seconds()) < 300:
        return None
    message = f"Signature not yet current: {stamp} is still later than {format_datetime(datetime.now(UTC))}"
    return Fault(status=403, code="SignatureDoesNotMatch", message=message)


def health_text(directory: Path) -> str:
    """What the worker says of its health."""
    return "".join(path.read_text() for path in directory.glob("*.json"))
