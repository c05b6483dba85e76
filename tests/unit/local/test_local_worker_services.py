"""The worker services of a program, found in the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.errors import BoxError
from local.provisioner import Provisioned, provision
from local.worker_services import worker_services
from tests.support.raw_service import write_raw_program
from worker_program.program import read_program


@pytest.fixture
def account() -> Iterator[Aws]:
    with Emulator() as emulator:
        yield Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)


def _provision(folder: Path, aws: Aws) -> Provisioned:
    program = read_program(folder, "dev")
    return provision(
        program.main, project="raw", stack="dev", config=program.config, aws=aws, on_created=lambda _created: None
    )


def test_an_ecs_service_with_a_topic_and_a_queue_is_one(tmp_path: Path, account: Aws) -> None:
    provisioned = _provision(write_raw_program(tmp_path), account)

    [service] = worker_services(account, provisioned.registered)

    assert service.name == "orders"
    assert service.topic_arn == provisioned.exports["topic_arn"]
    assert service.queue_url == provisioned.exports["queue_url"]
    assert service.queue_arn.endswith(f":{service.queue_url.rpartition('/')[2]}")
    assert service.dead_letter_queue_url == provisioned.exports["dead_letter_queue_url"]
    assert service.dead_letter_queue_arn.endswith(f":{service.dead_letter_queue_url.rpartition('/')[2]}")


def test_a_queue_without_a_dead_letter_queue_is_refused(tmp_path: Path, account: Aws) -> None:
    provisioned = _provision(write_raw_program(tmp_path, redrives=False), account)

    with pytest.raises(BoxError, match=r"orders-service: its queue .* has no dead-letter queue"):
        worker_services(account, provisioned.registered)
