"""Each public sample, converted: its stack comes up in the emulator, and what is published is handled by a worker.

The worker is the runtime, with the variables, the secrets and the task role that the stack gives its container.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.provisioner import provision
from local.provisioner.creators import FUNCTIONS
from local.workers.task import Task, process_environment, read_task
from local.workers.task_secrets import read_secrets
from tests.support.left_behind import CLOUDFORMATION, leave_behind
from tests.support.migrated import IMAGE
from tests.support.worker_queue import REGION, running_worker
from tests.unit.worker_ops.migrate.test_samples import NAMES, converted, stacks

pytestmark = pytest.mark.slow

HANDLER = "def handle(message):\n    pass\n"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    for name, answer in CLOUDFORMATION.items():
        monkeypatch.setitem(FUNCTIONS, name, answer)
    with Emulator() as running:
        yield running


@pytest.mark.parametrize(
    ("name", "service", "stack"), [(name, service, stack) for name in NAMES for service, stack in stacks(name)]
)
def test_what_is_published_to_each_topic_is_handled(
    name: str, service: str, stack: str, emulator: Emulator, tmp_path: Path
) -> None:
    aws = Aws(emulator.endpoint_url, REGION, ADMIN_CREDENTIALS)
    exports, args = deployed(aws, converted(name).files, service, stack, tmp_path)
    task = read_task(aws, exports["cluster_arn"], exports["service_name"])
    (tmp_path / "handlers.py").write_text(HANDLER)

    topics = args.get("topics") or {"main": {}}
    arns = [exports["topic_arns"][topic] for topic in topics]
    published = {publish(aws, arn, topics[topic].get("filter_policy")) for topic, arn in zip(topics, arns, strict=True)}
    with running_worker(variables(emulator, aws, task, tmp_path), tmp_path) as worker:
        handled = worker.wait_for("message_processed", len(published))
        assert worker.stop() == 0

    assert len(published) == len(topics)
    assert emulator.denials == []
    assert len(handled) == len(published)


def deployed(
    aws: Aws, files: Mapping[str, str], service: str, stack: str, directory: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The exports of a converted stack, once it is up in what its old owner left behind, and the worker's arguments."""
    stack_file = files[f"{service}/Pulumi.{stack}.yaml"]
    config = yaml.safe_load(stack_file)["config"]
    args = config[f"{service}:worker"]
    image = {} if "image" in args else {f"{service}:image": IMAGE}
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in {**config, **image}.items()}
    program = directory / "__main__.py"
    program.write_text(files[f"{service}/__main__.py"])
    leave_behind(aws, stack_file)
    made = provision(program, project=service, stack=stack, config=texts, aws=aws, on_created=lambda _: None)
    return made.exports, args


def publish(aws: Aws, topic_arn: str, filter_policy: Mapping[str, Any] | None) -> str:
    """Publish a message that the filter policy lets through."""
    attributes = {name: {"DataType": "String", "StringValue": "other"} for name in filter_policy or {}}
    fifo = {"MessageGroupId": "group", "MessageDeduplicationId": "one"} if topic_arn.endswith(".fifo") else {}
    return aws.client("sns").publish(TopicArn=topic_arn, Message="{}", MessageAttributes=attributes, **fifo)[
        "MessageId"
    ]


def variables(emulator: Emulator, aws: Aws, task: Task, directory: Path) -> dict[str, str]:
    """What ECS would give the worker's container, and the handler."""
    execution = Aws(aws.endpoint_url, aws.region, emulator.task_credentials(task.execution_role_arn))
    read = read_secrets(execution, "worker", task.worker.secrets)
    role = emulator.task_credentials(task.task_role_arn)
    environment = process_environment(task.worker, read, aws, role, Path("python"), str(directory / "health"))
    return {**environment, "WORKER_HANDLER": "handlers.handle"}
