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

#: What CodeBuild and our own buildspec do before any command of the user's: receive, start, fetch, log in.
#: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
FIRST_PHASES = frozenset({"SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD"})

#: A role's policy is everywhere after a minute at most, so a build that fails so early is started so often.
STARTS_AT_MOST = 3
RESTART_SECONDS = 30.0

_NO_BUILDS = (
    "CodeBuild runs no build for this account yet: {reason}\n  next: a new account has such a quota for its first hours"
    " or days. Wait, or ask for more under Service Quotas, AWS CodeBuild, 'Concurrently running builds for {machine}"
    " environment'; then run `pulumi up` again"
)

#: What to do about a build, by how it ended.
NEXT_STEPS = {
    "FAILED": "mend what the log shows, then run `pulumi up` again",
    "FAULT": "CodeBuild itself failed: run `pulumi up` again",
    "STOPPED": "somebody stopped it: run `pulumi up` again",
    "TIMED_OUT": "find in the log what takes so long, or raise build_timeout_minutes, then run `pulumi up` again",
}

#: The newest builds among which a running one is looked for: one call of BatchGetBuilds takes no more.
RECENT_BUILDS = 100


#: How a phase and a build end that went wrong by themselves.
_FAILED_PHASE = frozenset({"FAILED", "FAULT", "CLIENT_ERROR"})
_FAILED_BUILD = frozenset({"FAILED", "FAULT"})


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
    machine: str
    """The machine as its quota is called, such as Linux/Small."""
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


def has_image(ecr: Any, repository_name: str, digest: str) -> bool:
    """Whether the repository, if it is still there, has the image."""
    try:
        ecr.describe_images(repositoryName=repository_name, imageIds=[{"imageDigest": digest}])
    except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
        return False
    return True


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
    """Start a build of the uploaded archive and return its id.

    Raises BuildFailedError where the account may run none.
    """
    try:
        started = codebuild.start_build(
            projectName=request.project_name,
            sourceTypeOverride="S3",
            sourceLocationOverride=_location(request),
            environmentVariablesOverride=[{"name": "IMAGE_TAG", "value": request.image_tag, "type": "PLAINTEXT"}],
        )
    except codebuild.exceptions.AccountLimitExceededException as refused:
        reason = refused.response["Error"].get("Message", "")
        raise BuildFailedError(_NO_BUILDS.format(reason=reason, machine=request.machine)) from refused
    return started["build"]["id"]


def run_build(clients: Clients, build_id: str, request: BuildRequest, report: Callable[[str], None]) -> None:
    """Report each phase as it begins, and return when the build has succeeded.

    One that fails before its first command is started again: the policy of its role may not be everywhere yet.
    Raises BuildFailedError, with the last lines of the log, where it fails, is stopped or takes too long.
    """
    deadline = time.monotonic() + request.timeout_seconds
    for _ in range(STARTS_AT_MOST - 1):
        build = _followed(clients, build_id, request, deadline, report)
        if not _failed_early(build):
            break
        report(f"image build {build_id} failed before its first command; starting it again in {RESTART_SECONDS:.0f} s")
        time.sleep(RESTART_SECONDS)
        build_id = start_build(clients.codebuild, request)
    else:
        build = _followed(clients, build_id, request, deadline, report)
    if build["buildStatus"] != "SUCCEEDED":
        raise BuildFailedError(_failure(clients.logs, build))


def _followed(
    clients: Clients, build_id: str, request: BuildRequest, deadline: float, report: Callable[[str], None]
) -> dict[str, Any]:
    """The build when it is over. Raises BuildFailedError at the deadline."""
    phase = ""
    while True:
        build = clients.codebuild.batch_get_builds(ids=[build_id])["builds"][0]
        if build["currentPhase"] != phase:
            phase = build["currentPhase"]
            report(f"image build {build_id}: {phase}")
        if _is_over(build):
            return build
        if time.monotonic() > deadline:
            raise BuildFailedError(
                f"the image build {build_id} still runs after {request.timeout_seconds / 60:.0f} minutes;"
                " run `pulumi up` again to go on waiting for it"
            )
        time.sleep(POLL_SECONDS)


def _failed_early(build: dict[str, Any]) -> bool:
    failed = {phase["phaseType"] for phase in build.get("phases", []) if phase.get("phaseStatus") in _FAILED_PHASE}
    return build["buildStatus"] in _FAILED_BUILD and bool(failed) and failed <= FIRST_PHASES


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
