"""A deployed stack, by the outputs that the Pulumi CLI reads."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker_ops.account import Account
from worker_ops.errors import OpsError
from worker_ops.places.place import Place, Service, WorkQueue
from worker_ops.places.queue_url import region_of

_CLI_SECONDS = 60


def has_cli() -> bool:
    """Whether the Pulumi CLI is there, which reads stacks."""
    return shutil.which("pulumi") is not None


def stack_names(program: Path) -> list[str]:
    """The stacks of a Pulumi program; none where there is no program or no CLI. Raises OpsError, as the CLI says."""
    if not (program / "Pulumi.yaml").exists() or not has_cli():
        return []
    return [stack["name"] for stack in _pulumi(program, "stack", "ls")]


def stack_place(program: Path, stack: str, *, region: str | None, profile: str | None) -> Place:
    """The stack's worker services. Raises OpsError where its outputs name none."""
    outputs = _pulumi(program, "stack", "output", "--stack", stack)
    services = _services(outputs)
    if not outputs:
        raise OpsError(f"stack {stack} has no outputs: `pulumi up --stack {stack}` deploys it")
    if not services:
        raise OpsError(
            f"stack {stack} has no output queue_url: export a WorkerService's queue_url, dead_letter_queue_url, "
            "topic_arn, cluster_arn, service_name and log_group_name, or all of them as one object"
        )
    return Place(
        f"stack {stack}", Account(region=region or region_of(services[0].queues[0].url), profile=profile), services
    )


def _services(outputs: Mapping[str, Any]) -> list[Service]:
    """The service that the outputs are of, and those of outputs that are objects, by the output's name."""
    found = [("worker", outputs), *((name, value) for name, value in outputs.items() if isinstance(value, dict))]
    return [_service(name, values) for name, values in found if isinstance(values.get("queue_url"), str)]


def _service(name: str, outputs: Mapping[str, Any]) -> Service:
    return Service(
        name=name,
        queues=_queues(outputs),
        topic_arn=outputs.get("topic_arn"),
        cluster_arn=outputs.get("cluster_arn"),
        ecs_service_name=outputs.get("service_name"),
        log_group_name=outputs.get("log_group_name"),
    )


def _queues(outputs: Mapping[str, Any]) -> tuple[WorkQueue, ...]:
    main = WorkQueue("main", outputs["queue_url"], outputs.get("dead_letter_queue_url"))
    others = outputs.get("queues")
    return (
        main,
        *(
            WorkQueue(name, queue["queue_url"], queue.get("dead_letter_queue_url"))
            for name, queue in (others.items() if isinstance(others, dict) else ())
            # A program may export something else by that name.
            if name != main.name and isinstance(queue, dict) and isinstance(queue.get("queue_url"), str)
        ),
    )


def _pulumi(program: Path, *command: str) -> Any:
    if not has_cli():
        raise OpsError("the Pulumi CLI is not on PATH, which reads a stack's outputs: install it, or use --queue URL")
    try:
        done = subprocess.run(  # noqa: S603 - the CLI itself, without a shell
            ["pulumi", *command, "--json", "--non-interactive"],  # noqa: S607 - found on PATH, as any CLI
            cwd=program,
            capture_output=True,
            text=True,
            timeout=_CLI_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OpsError(f"`pulumi {' '.join(command)}` did not answer in {_CLI_SECONDS} seconds") from None
    except OSError as error:
        raise OpsError(f"the Pulumi CLI cannot be run in {program}: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
        raise OpsError(f"`pulumi {' '.join(command)}`: {said}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise OpsError(f"`pulumi {' '.join(command)}` did not answer in JSON: {done.stdout[:200]!r}") from None
