"""One image build in CodeBuild: find or start it, follow it, and say why it failed.

Clients are boto3's, passed in: image_build.py makes them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: How often CodeBuild is asked how far the build is.
POLL_SECONDS = 5.0

#: The last lines of a failed build's log that are shown.
LOG_LINES = 40

#: What to do about a build, by how it ended.
NEXT_STEPS = {
    "FAILED": "mend what the log shows, then run `pulumi up` again",
    "FAULT": "CodeBuild itself failed: run `pulumi up` again",
    "STOPPED": "somebody stopped it: run `pulumi up` again",
    "TIMED_OUT": "find in the log what takes so long, or raise build_timeout_minutes, then run `pulumi up` again",
}

#: The newest builds among which a running one is looked for: one call of BatchGetBuilds takes no more.
RECENT_BUILDS = 100


class BuildFailedError(Exception):
    """The build did not yield an image; the message says why and what to do next."""


@dataclass(frozen=True)
class BuildRequest:
    """An image to build."""

    project_name: str
    repository_name: str
    image_tag: str
    bucket_name: str
    source_key: str
    """Key of the source's archive in the bucket."""
    timeout_seconds: float
    """How long to wait, in the queue and for the build."""


@dataclass(frozen=True)
class Clients:
    """boto3 clients of the pipeline's region."""

    codebuild: Any
    ecr: Any
    logs: Any


def image_digest(ecr: Any, repository_name: str, image_tag: str) -> str | None:
    """Digest of the image under the tag, or None where there is none."""
    try:
        found = ecr.describe_images(repositoryName=repository_name, imageIds=[{"imageTag": image_tag}])
    except ecr.exceptions.ImageNotFoundException:
        return None
    return found["imageDetails"][0]["imageDigest"]


def running_build_id(codebuild: Any, request: BuildRequest) -> str | None:
    """Id of a build of the same source that still runs, such as one whose `pulumi up` was interrupted."""
    recent = codebuild.list_builds_for_project(projectName=request.project_name, sortOrder="DESCENDING")["ids"]
    if not recent:
        return None
    builds = codebuild.batch_get_builds(ids=recent[:RECENT_BUILDS])["builds"]
    same = (
        build["id"] for build in builds if not _is_over(build) and build["source"].get("location") == _location(request)
    )
    return next(same, None)


def start_build(codebuild: Any, request: BuildRequest) -> str:
    """Start a build of the uploaded archive and return its id."""
    started = codebuild.start_build(
        projectName=request.project_name,
        sourceTypeOverride="S3",
        sourceLocationOverride=_location(request),
        environmentVariablesOverride=[{"name": "IMAGE_TAG", "value": request.image_tag, "type": "PLAINTEXT"}],
    )
    return started["build"]["id"]


def follow_build(clients: Clients, build_id: str, request: BuildRequest, report: Callable[[str], None]) -> None:
    """Report each phase as it begins, and return when the build has succeeded.

    Raises BuildFailedError, with the last lines of the log, where it fails, is stopped or takes too long.
    """
    deadline = time.monotonic() + request.timeout_seconds
    phase = ""
    while True:
        build = clients.codebuild.batch_get_builds(ids=[build_id])["builds"][0]
        if build["currentPhase"] != phase:
            phase = build["currentPhase"]
            report(f"image build {build_id}: {phase}")
        if _is_over(build):
            break
        if time.monotonic() > deadline:
            raise BuildFailedError(
                f"the image build {build_id} still runs after {request.timeout_seconds / 60:.0f} minutes;"
                " run `pulumi up` again to go on waiting for it"
            )
        time.sleep(POLL_SECONDS)
    if build["buildStatus"] != "SUCCEEDED":
        raise BuildFailedError(_failure(clients.logs, build))


def _is_over(build: dict[str, Any]) -> bool:
    return build["buildStatus"] != "IN_PROGRESS"


def _location(request: BuildRequest) -> str:
    return f"{request.bucket_name}/{request.source_key}"


def _failure(logs: Any, build: dict[str, Any]) -> str:
    """Status, the phase that failed with its reason, the end of the log, and what to do next."""
    contexts = [
        f"{phase['phaseType']}: {context['message']}"
        for phase in build.get("phases", [])
        for context in phase.get("contexts", [])
        if context.get("message")
    ]
    tail = _log_tail(logs, build.get("logs", {}))
    lines = [f"the image build {build['id']} ended as {build['buildStatus']}", *contexts, *tail]
    deep_link = build.get("logs", {}).get("deepLink")
    whole_log = [f"its whole log: {deep_link}"] if deep_link else []
    return "\n  ".join([*lines, *whole_log, f"next: {NEXT_STEPS[build['buildStatus']]}"])


def _log_tail(logs: Any, place: dict[str, Any]) -> list[str]:
    if not place.get("groupName") or not place.get("streamName"):
        return []
    try:
        events = logs.get_log_events(
            logGroupName=place["groupName"], logStreamName=place["streamName"], limit=LOG_LINES, startFromHead=False
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].rstrip() for event in events]
