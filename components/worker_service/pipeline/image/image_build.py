"""ImageBuild: the image is built in CodeBuild while `pulumi up` runs, from a folder beside the program.

A dynamic resource: Pulumi runs its provider in a process of its own, in the program's folder. With aws_session.py it is
what of the components calls AWS itself, as the stack's own provider does, or as an explicit one.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pulumi
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    Config,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from worker_service.aws_session import Read, aws_session, session_problems
from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.artifact_store import UPLOAD_PREFIX
from worker_service.pipeline.codebuild.build_project import QUOTA_NAMES
from worker_service.pipeline.image.build_context import BuildContext
from worker_service.pipeline.image.build_run import (
    BuildFailedError,
    BuildRequest,
    Clients,
    has_image,
    image_digest,
    run_build,
    running_build_id,
    start_build,
)
from worker_service.pipeline.image.context_archive import summary, write_archive
from worker_service.pipeline.image.deployed_mark import put_mark, take_mark

#: What S3 takes in one call: 5 GB. In parts it takes two rights more of whoever runs `pulumi up`, so only above that.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
_IN_PARTS_ABOVE_ONE_CALL = TransferConfig(multipart_threshold=5 * 1024**3)
#: The input that holds an explicit provider's settings; unknown at a preview that makes the provider.
_SETTINGS = "provider_settings"


class ImageBuildProvider(ResourceProvider):
    """Uploads, builds and waits. What it leaves behind where it is cut off, its next run finds and uses."""

    # Nothing secret is captured, and a secret would hide the provider from a readable state.
    serialize_as_secret_always = False

    def __init__(self) -> None:
        super().__init__()
        self._config: Config | None = None

    def configure(self, req: ConfigureRequest) -> None:
        """Take what the stack's other resources are made with."""
        self._config = req.config

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse a provider's setting that the build cannot follow, at a preview already."""
        return CheckResult(
            news, [CheckFailure(*line.split(": ", 1)) for line in session_problems(self._settings(news))]
        )

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Other content or another repository is another image; how it came to be makes no difference.

        An image that somebody deleted is built again: Pulumi never asks a dynamic resource whether it is still there.
        Another setting of an explicit provider is kept for the day when the mark is taken away.
        """
        replaces = [key for key in ("image_tag", "repository_url") if olds.get(key) != news.get(key)]
        settings = {_SETTINGS: news[_SETTINGS]} if isinstance(news.get(_SETTINGS), Mapping) else {}
        if not replaces and "image" in olds and not self._is_there({**olds, **settings}):
            pulumi.log.warn(f"{olds['image']} is not in its repository any more: it is built again")
            replaces = ["image_tag"]
        changes = bool(replaces) or olds.get(_SETTINGS) != news.get(_SETTINGS)
        return DiffResult(changes=changes, replaces=replaces, delete_before_replace=False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Build the image, unless the repository has it already, and return its digest.

        Raises BuildFailedError.
        """
        request = _request(props)
        with _told_without_traceback():
            digest = self._built(props, request)
            mark = put_mark(self._session(props).client("ecr"), request.repository_name, digest)
        image = f"{props['repository_url']}@{digest}"
        return CreateResult(request.image_tag, {**props, "image": image, "deployed_tag": mark})

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Keep the image, and what it is reached by from now on."""
        return UpdateResult({**news, **{key: olds[key] for key in ("image", "deployed_tag") if key in olds}})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Take the mark away: Pulumi deletes what was replaced when everything else runs with the new image."""
        if "deployed_tag" not in props:
            return  # made before images were marked
        with _told_without_traceback():
            take_mark(self._session(props).client("ecr"), _request(props).repository_name, props["deployed_tag"])

    def _settings(self, props: dict[str, Any]) -> Read:
        """What an explicit provider is configured with, or the stack's own."""
        if isinstance(props.get(_SETTINGS), Mapping):
            return props[_SETTINGS].get
        return lambda key: self._config.get(f"aws:{key}") if self._config else None

    def _session(self, props: dict[str, Any]) -> boto3.Session:
        return aws_session(self._settings(props), props["region"])

    def _is_there(self, props: dict[str, Any]) -> bool:
        repository_name = _request(props).repository_name
        with _told_without_traceback():
            return has_image(self._session(props).client("ecr"), repository_name, props["image"].split("@", 1)[1])

    def _built(self, props: dict[str, Any], request: BuildRequest) -> str:
        """Digest of the image, which is built where the repository has none."""
        session = self._session(props)
        clients = Clients(session.client("codebuild"), session.client("ecr"), session.client("logs"))
        # In this order: a build that ends in between has left its image.
        build_id = running_build_id(clients.codebuild, request)
        digest = image_digest(clients.ecr, request.repository_name, request.image_tag)
        if digest is None:
            if build_id is None:
                _upload(session.client("s3"), props, request)
                build_id = start_build(clients.codebuild, request)
            run_build(clients, build_id, request, pulumi.log.info)
            digest = image_digest(clients.ecr, request.repository_name, request.image_tag)
        if digest is None:
            raise BuildFailedError(
                f"the build succeeded, but {props['repository_url']} has no image {request.image_tag};"
                " look at the build's log, and whether something deleted the image"
            )
        return digest


@contextmanager
def _told_without_traceback() -> Iterator[None]:
    """Have Pulumi's provider server, which answers with the formatted exception, leave out where it was raised.

    That says nothing to somebody whose build failed. The limit is the process's, and any other error keeps its frames.
    """
    try:
        yield
    except (BuildFailedError, BotoCoreError, ClientError):
        sys.tracebacklimit = 0
        raise


def _request(props: dict[str, Any]) -> BuildRequest:
    tag = props["image_tag"]
    return BuildRequest(
        project_name=props["project_name"],
        repository_name=props["repository_url"].split("/", 1)[1],
        image_tag=tag,
        bucket_name=props["bucket_name"],
        source_key=f"{UPLOAD_PREFIX}{tag}.zip",
        machine=QUOTA_NAMES[Architecture(props["architecture"])],
        timeout_seconds=int(props["timeout_minutes"]) * 60,
    )


def _tag(context: BuildContext, props: dict[str, Any]) -> str:
    # What was made before there were variants has none.
    return context.tag(Architecture(props["architecture"]), props.get("variant", ""))


def _upload(s3: Any, props: dict[str, Any], request: BuildRequest) -> None:
    """Upload the folder, which must still be what the tag was made from."""
    context = BuildContext(props["service_dir"], dockerfile=props["dockerfile"])
    pulumi.log.info(f"uploading {props['service_dir']}: {summary(context)}")
    with tempfile.TemporaryFile() as file:
        try:
            write_archive(context, file)
            # Read once more, for what changed while it was packed: the archive would be another image's.
            packed = BuildContext(props["service_dir"], dockerfile=props["dockerfile"])
            is_same = not packed.problems and _tag(packed, props) == request.image_tag
        except OSError as error:
            raise BuildFailedError(f"{props['service_dir']} could not be packed: {error}; run it again") from error
        if not is_same:
            raise BuildFailedError(f"{props['service_dir']} changed while `pulumi up` ran; run it again")
        file.seek(0)
        s3.upload_fileobj(file, request.bucket_name, request.source_key, Config=_IN_PARTS_ABOVE_ONE_CALL)


class ImageBuild(Resource, module="workers", name="ImageBuild"):
    """An image in the repository, built from a folder."""

    image: pulumi.Output[str]
    """The image by digest: repository@sha256:..."""
    deployed_tag: pulumi.Output[str]
    """The tag that keeps it while it is deployed."""

    def __init__(
        self,
        name: str,
        *,
        service_dir: str,
        dockerfile: str,
        architecture: Architecture,
        variant: str,
        region: pulumi.Input[str],
        project_name: pulumi.Input[str],
        repository_url: pulumi.Input[str],
        bucket_name: pulumi.Input[str],
        timeout_minutes: int,
        provider_settings: pulumi.Output[Mapping[str, Any]] | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`service_dir` is relative to the program's folder; another content of it, or another `variant`, is another
        image.

        `provider_settings` are those of the explicit aws provider that the build acts as, in place of the stack's own.
        `timeout_minutes` is how long to wait for the build, in the queue too.
        """
        inputs = {
            "service_dir": service_dir,
            "dockerfile": dockerfile,
            "architecture": architecture.value,
            "variant": variant,
            "image_tag": BuildContext(service_dir, dockerfile=dockerfile).tag(architecture, variant),
            "region": region,
            "project_name": project_name,
            "repository_url": repository_url,
            "bucket_name": bucket_name,
            "timeout_minutes": timeout_minutes,
            **({_SETTINGS: provider_settings} if provider_settings else {}),
        }
        super().__init__(ImageBuildProvider(), name, {**inputs, "image": None, "deployed_tag": None}, opts)
