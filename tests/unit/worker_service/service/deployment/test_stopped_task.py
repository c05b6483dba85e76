"""What is said of stopped tasks, by what ECS says of them."""

from __future__ import annotations

from typing import Any

import pytest

from worker_service.service.deployment.stopped_task import stopped_reason

ENDED = "Essential container in task exited"


def task(reason: str, *containers: dict[str, Any]) -> dict[str, Any]:
    return {"stoppedReason": reason, "containers": list(containers)}


def container(name: str = "worker", **more: Any) -> dict[str, Any]:
    return {"name": name, **more}


@pytest.mark.parametrize(
    ("stopped", "words", "next_step"),
    [
        (
            task("CannotPullContainerError: pull image manifest has been retried 1 time(s): not found"),
            "its image cannot be pulled (CannotPullContainerError: pull image",
            "look whether the image is in its registry, and whether tasks reach AWS: public ones need assign_public_ip",
        ),
        (
            task(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval"
                " failed: unable to retrieve secret from asm: AccessDeniedException"
            ),
            "a secret cannot be read (ResourceInitializationError: unable to pull secrets",
            "look whether its ARN in secrets is right, and name a key of your own in secret_kms_key_arns",
        ),
        (
            task("ResourceInitializationError: failed to download env files: file download command: non empty error"),
            "an environment file cannot be read (",
            "look whether environment_files names an object that is there",
        ),
        (
            task(ENDED, container(exitCode=137, reason="OutOfMemoryError: Container killed due to memory usage")),
            "it ran out of memory (Essential container in task exited OutOfMemoryError",
            "choose a larger task_size, a lower concurrency, or a sidecar that takes less",
        ),
        (
            task("Task failed container health checks", container(exitCode=0)),
            "it failed its health check (Task failed container health checks)",
            "read its last lines; where only the start is slow, raise health_check.start_period_seconds",
        ),
        (
            task(ENDED, container("proxy", exitCode=0), container(exitCode=2)),
            "its container worker ended with exit code 2: a setting is wrong, or the handler cannot be imported",
            "its last lines name each problem; mend the code or the input and deploy again",
        ),
        (
            task(ENDED, container(exitCode=0), container("proxy", exitCode=2)),
            "its container proxy ended with exit code 2",
            "read its last lines, mend what they show and deploy again",
        ),
        (
            task(ENDED, container(exitCode=137)),
            "its container worker was killed (exit code 137): it used too much memory, or did not stop in time",
            "choose a larger task_size, or a lower concurrency",
        ),
        (
            task("CannotStartContainerError: exec /venv/bin/python: exec format error"),
            "its image is for another CPU (",
            "set architecture to the one that the image was built for",
        ),
        (
            task("Your Spot Task was interrupted."),
            "Fargate Spot took its capacity back (Your Spot Task was interrupted.)",
            "nothing: ECS starts another one",
        ),
        (task(""), "ECS says nothing of it", "look at its log, and at the service's events in ECS"),
    ],
)
def test_a_reason_in_words_with_the_next_step(stopped: dict[str, Any], words: str, next_step: str) -> None:
    said, then = stopped_reason(stopped)

    assert said.startswith(words)
    assert then.startswith(next_step)
