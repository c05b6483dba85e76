"""Where the command before a deployment stands, where its log is, and when it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.worker_service import container, deployed, problems_of
from worker_service.service.deployment.one_off_task import pre_deploy_command
from worker_service.service.deployment.task_log import TaskLog

COMMAND = ["python", "-m", "shop.migrate"]
TASK = "arn:aws:ecs:eu-west-1:111122223333:task/workers/0a1b"


def test_the_command_stands_in_the_workers_container_where_whoever_deploys_finds_it():
    worker = container(deployed(pre_deploy_command=COMMAND))

    assert worker["dockerLabels"] == {"worker-service.pre-deploy-command": '["python", "-m", "shop.migrate"]'}
    assert pre_deploy_command({"containerDefinitions": [{"name": "proxy"}, worker]}) == COMMAND
    assert "dockerLabels" not in container(deployed())


@pytest.mark.parametrize(
    ("options", "stream"),
    [
        ({"awslogs-group": "g", "awslogs-stream-prefix": "worker"}, "worker/worker/0a1b"),
        ({"log_group_name": "g", "log_stream_prefix": "worker/"}, "worker/worker-firelens-0a1b"),
    ],
    ids=["straight", "routed"],
)
def test_the_log_of_a_task_is_found_by_its_own_configuration(options: dict[str, str], stream: str):
    worker = {"name": "worker", "logConfiguration": {"options": options}}
    log = TaskLog.of(None, {"containerDefinitions": [{"name": "proxy"}, worker]}, TASK)

    assert (log.group, log.stream) == ("g", stream)


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"pre_deploy_command": []}, "pre_deploy_command: 0 items are not 1 to 50"),
        ({"pre_deploy_timeout_minutes": 0}, "pre_deploy_timeout_minutes: 0 is not a whole number from 1 to 720"),
    ],
)
def test_what_is_refused(args: dict[str, Any], problem: str):
    assert problems_of(**args) == [problem]
