"""PipelineComponent: the image is built in CodeBuild, and deployed, without Docker on anyone's machine."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NotRequired, TypedDict, cast

import pulumi

from components import buildspec, defaults, pipeline_policies
from components.arns import place_of
from components.artifact_store import SOURCE_KEY, ArtifactStore, artifact_keys
from components.build_context import content_tag
from components.build_project import QUEUED_TIMEOUT_MINUTES, BuildProject
from components.checks import given, misfits, name_problems, refuse
from components.container import CONTAINER_NAME
from components.delivery import Delivery
from components.deploy_projects import deploy_projects
from components.image_build import ImageBuild
from components.image_repository import ImageRepository
from components.limits import Architecture
from components.notices import Notices
from components.pipeline_checks import pipeline_conflicts
from components.pipeline_key import PipelineKey
from components.pipeline_limits import PIPELINE_NAME, PIPELINE_RULES, PipelineSource
from components.stages import BUILD_ARTIFACT
from components.targets import PipelineTarget, deployed_tag_prefixes


class PipelineComponentArgs(TypedDict):
    """Arguments of PipelineComponent."""

    source: PipelineSource
    """directory: a folder beside the program, built by `pulumi up`; connection: a Git repository; s3: an archive that
    somebody uploads."""
    service_dir: NotRequired[str]
    """Folder of the service in the source. Default ecs-worker."""
    dockerfile: NotRequired[str]
    """Path of the Dockerfile below service_dir. Default Dockerfile."""
    unit_test_command: NotRequired[str]
    """Shell command that runs in service_dir before the build. Default: an echo."""
    architecture: NotRequired[Architecture]
    """CPU architecture of the image, and of the machine that builds it. Default X86_64."""
    environment_account_ids: NotRequired[Sequence[str]]
    """AWS accounts that may pull the image beside the pipeline's own. Default none."""
    connection_arn: NotRequired[str]
    """CodeConnections connection to the repository. Required with source connection."""
    repository_id: NotRequired[str]
    """Repository as its provider names it, such as owner/repository. Required with source connection."""
    branch: NotRequired[str]
    """Branch whose pushes below service_dir start the pipeline. Default main."""
    targets: NotRequired[Sequence[PipelineTarget]]
    """Stacks that are deployed, one after the other. Default none: the pipeline only builds."""
    program_dir: NotRequired[str]
    """Folder of the Pulumi program in the source. Default: the source's root."""
    state_backend_url: NotRequired[str]
    """Pulumi's state backend, https or s3. Required where a target is deployed with `pulumi up`."""
    access_token_secret_arn: NotRequired[str]
    """Secret with the access token of an https backend. Required there."""
    secrets_provider: NotRequired[str]
    """Pulumi's secrets provider of the stacks: default, passphrase or awskms:///KEY_ARN. Default: default."""
    passphrase_secret_arn: NotRequired[str]
    """Secret with the passphrase. Required with secrets_provider passphrase."""
    notification_topic_arn: NotRequired[str]
    """Topic that is told of failures and asked for approvals. Default none."""
    notification_email: NotRequired[str]
    """Address that is told of failures and asked for approvals, through a topic made here. Default none."""
    keep_images: NotRequired[int]
    """Newest images that are kept, beside those that were deployed, 1 to 1,000. Default 30."""
    build_timeout_minutes: NotRequired[int]
    """How long a build may run, 5 to 2,160 minutes. Default 30."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept, one of CloudWatch's steps. Default 365."""
    protect: NotRequired[bool]
    """Refuse deletion of key, image repository, bucket and log groups. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags. Default none."""


class PipelineComponent(pulumi.ComponentResource):
    """An image repository, a build in CodeBuild and, for a repository or an archive, a pipeline that deploys."""

    repository_url: pulumi.Output[str]
    """URL of the ECR repository."""
    repository_arn: pulumi.Output[str]
    """ARN of the ECR repository."""
    build_project_name: pulumi.Output[str]
    """Name of the CodeBuild project that builds the image."""
    image: pulumi.Output[str | None]
    """With source directory the built image by digest, otherwise None."""
    pipeline_arn: pulumi.Output[str | None]
    """ARN of the pipeline; None with source directory."""
    pipeline_url: pulumi.Output[str | None]
    """The pipeline in the AWS console; None with source directory."""
    source_uri: pulumi.Output[str | None]
    """With source s3 where to upload the archive, otherwise None."""

    def __init__(self, name: str, args: PipelineComponentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args = _checked(name, args)
        super().__init__("workers:index:PipelineComponent", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        source = PipelineSource(args["source"])
        targets = args.get("targets", [])
        by_ecs = [target for target in targets if "ecs_service" in target]
        protect = args.get("protect", defaults.PROTECT)
        tags = args.get("tags", {})

        key = PipelineKey(
            name,
            {
                "artifact_readers": by_ecs,
                "publishes_events": "notification_email" in args,
                "protect": protect,
                "tags": tags,
            },
            child,
        )
        store = ArtifactStore(
            name,
            {
                "key_arn": key.key_arn,
                "artifact_readers": by_ecs,
                "announces_objects": source == PipelineSource.S3,
                "protect": protect,
                "tags": tags,
            },
            child,
        )
        repository = ImageRepository(
            name,
            {
                "key_arn": key.key_arn,
                "account_ids": args.get("environment_account_ids", []),
                "keep_images": args.get("keep_images", defaults.KEEP_IMAGES),
                "deployed_tag_prefixes": deployed_tag_prefixes(source, targets),
                "protect": protect,
                "tags": tags,
            },
            child,
        )
        build = self._build_project(name, args, key, store, repository)
        self.repository_url = repository.repository_url
        self.repository_arn = repository.repository_arn
        self.build_project_name = build.project_name
        self.image = self.pipeline_arn = self.pipeline_url = self.source_uri = pulumi.Output.from_input(None)
        if source == PipelineSource.DIRECTORY:
            self.image = self._image(name, args, store, repository, build)
        else:
            delivery = self._delivery(name, args, key, store, repository, build)
            self.pipeline_arn = delivery.pipeline_arn
            self.pipeline_url = delivery.pipeline_url
        if source == PipelineSource.S3:
            self.source_uri = pulumi.Output.format("s3://{0}/{1}", store.bucket_name, SOURCE_KEY)
        self.register_outputs({output: getattr(self, output) for output in PipelineComponent.__annotations__})

    def _build_project(
        self,
        name: str,
        args: PipelineComponentArgs,
        key: PipelineKey,
        store: ArtifactStore,
        repository: ImageRepository,
    ) -> BuildProject:
        service_dir = args.get("service_dir", defaults.SERVICE_DIR)
        from_directory = args["source"] == PipelineSource.DIRECTORY
        architecture = Architecture(args.get("architecture", defaults.ARCHITECTURE))
        spec = buildspec.image_buildspec(
            # The uploaded archive is service_dir itself; a repository has it somewhere below.
            service_path="." if from_directory else service_dir,
            dockerfile=args.get("dockerfile", defaults.DOCKERFILE),
            unit_test_command=args.get("unit_test_command", defaults.UNIT_TEST_COMMAND),
            architecture=architecture,
        )
        return BuildProject(
            f"{name}-build",
            {
                "description": f"Tests and builds the image of {name}",
                "key_arn": key.key_arn,
                "buildspec": spec,
                "environment": {
                    "REPOSITORY_URL": repository.repository_url,
                    "CACHE_URL": repository.cache_url,
                    "CONTAINER_NAME": CONTAINER_NAME,
                },
                "architecture": architecture,
                "builds_images": True,
                "in_pipeline": not from_directory,
                "policy": pipeline_policies.build_role_policy,
                "policy_inputs": {
                    "bucket_arn": store.bucket_arn,
                    "artifact_keys": None if from_directory else artifact_keys(name, BUILD_ARTIFACT),
                    "key_arn": key.key_arn,
                    "repository_arn": repository.repository_arn,
                    "cache_repository_arn": repository.cache_arn,
                },
                "timeout_minutes": args.get("build_timeout_minutes", defaults.BUILD_TIMEOUT_MINUTES),
                "log_retention_days": args.get("log_retention_days", defaults.LOG_RETENTION_DAYS),
                "protect": args.get("protect", defaults.PROTECT),
                "tags": args.get("tags", {}),
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _image(
        self,
        name: str,
        args: PipelineComponentArgs,
        store: ArtifactStore,
        repository: ImageRepository,
        build: BuildProject,
    ) -> pulumi.Output[Any]:
        service_dir = args.get("service_dir", defaults.SERVICE_DIR)
        dockerfile = args.get("dockerfile", defaults.DOCKERFILE)
        architecture = Architecture(args.get("architecture", defaults.ARCHITECTURE))
        built = ImageBuild(
            f"{name}-image",
            {
                "service_dir": service_dir,
                "dockerfile": dockerfile,
                "architecture": architecture.value,
                "image_tag": content_tag(service_dir, dockerfile=dockerfile, architecture=architecture),
                "region": repository.repository_arn.apply(lambda arn: place_of(arn).region),
                "project_name": build.project_name,
                "repository_url": repository.repository_url,
                "bucket_name": store.bucket_name,
                "timeout_minutes": args.get("build_timeout_minutes", defaults.BUILD_TIMEOUT_MINUTES)
                + QUEUED_TIMEOUT_MINUTES,
            },
            # The source must not be uploaded before the bucket is closed and encrypted.
            pulumi.ResourceOptions(parent=self, depends_on=[store, build]),
        )
        return built.image

    def _delivery(
        self,
        name: str,
        args: PipelineComponentArgs,
        key: PipelineKey,
        store: ArtifactStore,
        repository: ImageRepository,
        build: BuildProject,
    ) -> Delivery:
        child = pulumi.ResourceOptions(parent=self)
        targets = args.get("targets", [])
        if not targets:
            pulumi.log.info(f"{name} has no targets: it builds images and deploys none", self)
        projects = deploy_projects(
            name, args, bucket_arn=store.bucket_arn, key_arn=key.key_arn, repository=repository, opts=child
        )
        return Delivery(
            name,
            {
                "source": PipelineSource(args["source"]),
                "connection_arn": args.get("connection_arn"),
                "repository_id": args.get("repository_id"),
                "branch": args.get("branch", defaults.BRANCH),
                "service_dir": args.get("service_dir", defaults.SERVICE_DIR),
                "targets": targets,
                "build_project": (build.project_name, build.project_arn),
                "target_projects": [(project.project_name, project.project_arn) for project in projects],
                "bucket_name": store.bucket_name,
                "bucket_arn": store.bucket_arn,
                "key_arn": key.key_arn,
                "notice_topic_arn": self._notice_topic(name, args, key),
                "tags": args.get("tags", {}),
            },
            child,
        )

    def _notice_topic(self, name: str, args: PipelineComponentArgs, key: PipelineKey) -> pulumi.Input[str] | None:
        if "notification_email" not in args:
            return args.get("notification_topic_arn")
        notices = Notices(
            name,
            {"email": args["notification_email"], "key_arn": key.key_arn, "tags": args.get("tags", {})},
            pulumi.ResourceOptions(parent=self),
        )
        return notices.topic_arn


def _checked(name: str, args: PipelineComponentArgs) -> PipelineComponentArgs:
    known = given(args)
    wrong_names = name_problems(
        name,
        known,
        known=PipelineComponentArgs.__annotations__,
        required=PipelineComponentArgs.__required_keys__,
        rule=PIPELINE_NAME,
    )
    wrong_values = misfits(known, PIPELINE_RULES)
    conflicts = pipeline_conflicts(known, wrong_values)
    refuse("PipelineComponent", name, [*wrong_names, *chain(*wrong_values.values()), *conflicts])
    return cast(PipelineComponentArgs, known)
