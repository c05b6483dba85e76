"""An emulated account in which CodeBuild "builds": a successful build leaves an image in the repository.

moto's builds succeed at once and leave nothing. Here a test says how builds go: which phases they pass, one for each
time that somebody asks, and how they end. What this cannot show: that CodeBuild accepts the overrides of start_build.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from moto.codebuild.models import CodeBuildBackend
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.ecr.models import ecr_backends

from local.aws import NO_USER_SETTINGS, Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.emulator.codebuild.box_codebuild_response import BoxCodeBuildResponse, digest_of
from tests.support.aws_outputs import hex_digits

REGION = "eu-west-1"
ACCOUNT = "123456789012"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PHASES = ("QUEUED", "BUILD", "COMPLETED")


@dataclass
class BuildCloud:
    """The account, and how its builds go."""

    aws: Aws
    phases: tuple[str, ...] = PHASES
    """What a build's currentPhase is when it is looked at for the first time, the second, ...; then the last."""
    status: str = "SUCCEEDED"
    """How a build ends when it reaches COMPLETED."""
    failing_phase: str = "BUILD"
    """The phase in which a build fails that does not succeed."""
    quota: int = 20
    """How many builds the account may have."""
    pushes: bool = True
    """Whether a build that succeeded left its image."""
    log: tuple[str, ...] = ()
    """Lines of a build's log."""
    started: list[dict[str, Any]] = field(default_factory=list)
    """The calls of start_build."""
    looked_at: threading.Event = field(default_factory=threading.Event)
    """Set when somebody asked how far a build is."""
    _looks: dict[str, int] = field(default_factory=dict)
    _repository: str = ""

    def prepare_stack(self) -> None:
        """Make what the program's dev stack builds with, under the names that tests/support/provider.py gives."""
        project, repository, bucket = (
            f"{name}-{hex_digits(name, 7)}" for name in ("pipeline-build", "pipeline-repository", "pipeline-artifacts")
        )
        self.prepare(project=project, repository=repository, bucket=bucket)

    def environment(self) -> dict[str, str]:
        """Environment variables that lead boto3 here."""
        return {"AWS_ENDPOINT_URL": self.aws.endpoint_url, **ADMIN_CREDENTIALS, **NO_USER_SETTINGS}

    def prepare(self, *, project: str, repository: str, bucket: str) -> None:
        """Make what a build needs."""
        self.aws.client("ecr").create_repository(repositoryName=repository)
        self.aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.aws.client("codebuild").create_project(
            name=project,
            # moto wants a location of every source; CodeBuild knows none for this one.
            source={"type": "NO_SOURCE", "buildspec": "{}", "location": "none"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=f"arn:aws:iam::{ACCOUNT}:role/build",
        )
        self._repository = repository

    def push(self, tag: str) -> None:
        """Leave an image in the repository, as a build does."""
        manifest = json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, "annotations": {"tag": tag}})
        ecr_backends[ACCOUNT][REGION].put_image(self._repository, manifest, tag, digest=self.digest(tag))

    def images(self) -> list[list[str]]:
        """The tags of each image, in the order of their builds."""
        found = self.aws.client("ecr").describe_images(repositoryName=self._repository)["imageDetails"]
        return [image["imageTags"] for image in found]

    def digest(self, tag: str) -> str:
        """Digest of the image that is built under the tag."""
        return digest_of(tag)

    def start(self, parameters: dict[str, Any], build: dict[str, Any]) -> dict[str, Any]:
        """Give a started build what its caller asked for, and a log."""
        self.started.append(parameters)
        build["source"] = {"type": parameters["sourceTypeOverride"], "location": parameters["sourceLocationOverride"]}
        build["environment"] = {"environmentVariables": parameters["environmentVariablesOverride"]}
        group, stream = "builds", build["id"].replace(":", "-")
        logs = self.aws.client("logs")
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        if self.log:
            events = [
                {"timestamp": at, "message": line} for at, line in enumerate(self.log, start=int(time.time() * 1000))
            ]
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        build["logs"] = {"groupName": group, "streamName": stream, "deepLink": f"https://logs/{stream}"}
        return build

    def look_at(self, build: dict[str, Any]) -> dict[str, Any]:
        """How far a build is, which is one phase further than when it was last looked at."""
        looks = self._looks.get(build["id"], 0)
        self.looked_at.set()
        self._looks[build["id"]] = looks + 1
        build["currentPhase"] = self.phases[min(looks, len(self.phases) - 1)]
        if build["currentPhase"] == "COMPLETED" and build["buildStatus"] == "IN_PROGRESS":
            build["buildStatus"] = self.status
            if self.status == "SUCCEEDED" and self.pushes:
                [tag] = [variable["value"] for variable in build["environment"]["environmentVariables"]]
                self.push(tag)
            if self.status != "SUCCEEDED":
                build["phases"] = [
                    {"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED"},
                    {
                        "phaseType": self.failing_phase,
                        "phaseStatus": "FAILED",
                        "contexts": [{"message": "exit status 1"}],
                    },
                ]
        return build


@contextmanager
def build_cloud() -> Iterator[BuildCloud]:
    """An empty account whose builds go as the BuildCloud says."""
    with Emulator() as emulator:
        cloud = BuildCloud(Aws(emulator.endpoint_url, REGION, ADMIN_CREDENTIALS))

        def start_build(response: BoxCodeBuildResponse) -> ActionResult:
            if cloud.quota == 0:
                raise JsonRESTError(
                    "AccountLimitExceededException", "Cannot have more than 0 builds in queue for the account"
                )
            parameters = json.loads(response.body)
            build = response.codebuild_backend.start_build(parameters["projectName"])
            return ActionResult({"build": cloud.start(parameters, build)})

        def batch_get_builds(backend: CodeBuildBackend, ids: list[str]) -> list[dict[str, Any]]:
            builds = [build for history in backend.build_metadata_history.values() for build in history]
            return [cloud.look_at(build) for build in builds if build["id"] in ids]

        with (
            mock.patch.object(BoxCodeBuildResponse, "start_build", start_build),
            mock.patch.object(CodeBuildBackend, "batch_get_builds", batch_get_builds),
        ):
            yield cloud
