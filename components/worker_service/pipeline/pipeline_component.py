"""PipelineComponent: the image is built in CodeBuild, and deployed, without Docker on anyone's machine."""

from typing import cast

import pulumi

from worker_service.explicit_provider import provider_settings
from worker_service.inputs.arns import place_of
from worker_service.inputs.aws_values import Architecture
from worker_service.inputs.checking import checked
from worker_service.inputs.names import CONTAINER_NAME, PIPELINE_NAME
from worker_service.inputs.public_component import PublicComponent
from worker_service.pipeline.artifact_store import SOURCE_KEY, ArtifactStore, artifact_keys
from worker_service.pipeline.build_options import BuildOptions
from worker_service.pipeline.choices import PipelineSource
from worker_service.pipeline.codebuild.build_project import QUEUED_TIMEOUT_MINUTES, BuildProject
from worker_service.pipeline.codebuild.image_buildspec import image_buildspec
from worker_service.pipeline.conflicts import pipeline_conflicts
from worker_service.pipeline.delivery.delivery import Delivery
from worker_service.pipeline.delivery.deploy_projects import DeployProjects
from worker_service.pipeline.delivery.git_repository import GitRepository
from worker_service.pipeline.delivery.pipeline_notifications import PipelineNotifications
from worker_service.pipeline.delivery.stages import BUILD_ARTIFACT
from worker_service.pipeline.image.image_build import ImageBuild
from worker_service.pipeline.image.image_repository import ImageRepository
from worker_service.pipeline.inputs import PIPELINE_ROWS, PipelineComponentArgs
from worker_service.pipeline.pipeline_key import PipelineKey
from worker_service.pipeline.pipeline_target import deployed_tag_prefixes
from worker_service.policies.pipeline_roles import build_role_policy

# checked() fills in the defaults that the rows state.
# pyright: reportTypedDictNotRequiredAccess=false


class PipelineComponent(PublicComponent):
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
    """The pipeline in the AWS console; None with source directory, empty in a partition whose console is not public."""
    source_uri: pulumi.Output[str | None]
    """With source s3 where to upload the archive, otherwise None."""

    def __init__(self, name: str, args: PipelineComponentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        complete = checked("PipelineComponent", name, args, PIPELINE_ROWS, pipeline_conflicts, PIPELINE_NAME)
        super().__init__("workers:index:PipelineComponent", name, {}, opts)
        self._name = name
        self._args = cast(PipelineComponentArgs, complete)
        self._source = PipelineSource(self._args["source"])
        provider = self.get_provider("aws:ecr/repository:Repository")
        self._provider_settings = provider_settings(provider) if provider else None
        self._build_options = BuildOptions.of(self._args)
        self._architecture = Architecture(self._args["architecture"])
        # Their deploy roles read artifacts themselves, perhaps from other accounts.
        self._deployed_by_ecs = [target for target in self._args["targets"] if "ecs_service" in target]
        self._child = pulumi.ResourceOptions(parent=self)

        key = self._key()
        store = self._store(key)
        repository = self._repository(key)
        build = self._build(key, store, repository)
        self.image = self.pipeline_arn = self.pipeline_url = self.source_uri = pulumi.Output.from_input(None)
        if self._source == PipelineSource.DIRECTORY:
            self._build_now(store, repository, build)
        else:
            self._deliver(key, store, repository, build)
        if self._source == PipelineSource.S3:
            self.source_uri = pulumi.Output.format("s3://{0}/{1}", store.bucket_name, SOURCE_KEY)

        self.register_outputs(
            {
                "repository_url": self.repository_url,
                "repository_arn": self.repository_arn,
                "build_project_name": self.build_project_name,
                "image": self.image,
                "pipeline_arn": self.pipeline_arn,
                "pipeline_url": self.pipeline_url,
                "source_uri": self.source_uri,
            }
        )

    def _key(self) -> PipelineKey:
        return PipelineKey(
            self._name,
            artifact_readers=self._deployed_by_ecs,
            publishes_events="notification_email" in self._args,
            protect=self._args["protect"],
            tags=self._args["tags"],
            opts=self._child,
        )

    def _store(self, key: PipelineKey) -> ArtifactStore:
        return ArtifactStore(
            self._name,
            key_arn=key.key_arn,
            artifact_readers=self._deployed_by_ecs,
            announces_objects=self._source == PipelineSource.S3,
            protect=self._args["protect"],
            tags=self._args["tags"],
            opts=self._child,
        )

    def _repository(self, key: PipelineKey) -> ImageRepository:
        repository = ImageRepository(
            self._name,
            key_arn=key.key_arn,
            account_ids=self._args["environment_account_ids"],
            keep_images=self._args["keep_images"],
            deployed_tag_prefixes=deployed_tag_prefixes(self._source, self._args["targets"]),
            protect=self._args["protect"],
            tags=self._args["tags"],
            opts=self._child,
        )
        self.repository_url = repository.repository_url
        self.repository_arn = repository.repository_arn
        return repository

    def _build(self, key: PipelineKey, store: ArtifactStore, repository: ImageRepository) -> BuildProject:
        from_directory = self._source == PipelineSource.DIRECTORY
        build = BuildProject(
            f"{self._name}-build",
            description=f"Tests and builds the image of {self._name}",
            key_arn=key.key_arn,
            buildspec=image_buildspec(
                # The uploaded archive is service_dir itself; a repository has it somewhere below.
                service_path=None if from_directory else self._args["service_dir"],
                dockerfile=self._args["dockerfile"],
                unit_test_command=self._args["unit_test_command"],
                architecture=self._architecture,
                options=self._build_options,
            ),
            environment={
                "REPOSITORY_URL": repository.repository_url,
                "CACHE_URL": repository.cache_url,
                "CONTAINER_NAME": CONTAINER_NAME,
            },
            architecture=self._architecture,
            builds_images=True,
            in_pipeline=not from_directory,
            policy=build_role_policy,
            policy_inputs={
                "bucket_arn": store.bucket_arn,
                "artifact_keys": None if from_directory else artifact_keys(self._name, BUILD_ARTIFACT),
                "key_arn": key.key_arn,
                "repository_arn": repository.repository_arn,
                "cache_repository_arn": repository.cache_arn if self._build_options.uses_cache else None,
                "secret_arns": self._build_options.secret_arns,
                "secret_key_arns": self._args.get("build_secret_kms_key_arns", []),
            },
            timeout_minutes=self._args["build_timeout_minutes"],
            log_retention_days=self._args["log_retention_days"],
            log_kms_key_arn=self._args.get("log_kms_key_arn"),
            log_group_prefix=self._args.get("log_group_prefix"),
            protect=self._args["protect"],
            tags=self._args["tags"],
            opts=self._child,
        )
        self.build_project_name = build.project_name
        return build

    def _build_now(self, store: ArtifactStore, repository: ImageRepository, build: BuildProject) -> None:
        built = ImageBuild(
            f"{self._name}-image",
            service_dir=self._args["service_dir"],
            dockerfile=self._args["dockerfile"],
            architecture=self._architecture,
            variant=self._build_options.variant,
            region=repository.repository_arn.apply(lambda arn: place_of(arn).region),
            project_name=build.project_name,
            repository_url=repository.repository_url,
            bucket_name=store.bucket_name,
            timeout_minutes=self._args["build_timeout_minutes"] + QUEUED_TIMEOUT_MINUTES,
            provider_settings=self._provider_settings,
            # The source must not be uploaded before the bucket is closed and encrypted.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[store, build]),
        )
        self.image = cast("pulumi.Output[str | None]", built.image)

    def _deliver(
        self, key: PipelineKey, store: ArtifactStore, repository: ImageRepository, build: BuildProject
    ) -> None:
        if not self._args["targets"]:
            pulumi.log.info(f"{self._name} has no targets: it builds images and deploys none", self)
        projects = DeployProjects(
            self._name, self._args, store=store, key_arn=key.key_arn, repository=repository, opts=self._child
        )
        delivery = Delivery(
            self._name,
            repository=self._git_repository(),
            targets=self._args["targets"],
            build_project=build,
            target_projects=projects.make(),
            store=store,
            key_arn=key.key_arn,
            notification_topic_arn=self._notification_topic_arn(key),
            notification_key_arn=self._args.get("notification_key_arn"),
            tags=self._args["tags"],
            opts=self._child,
        )
        self.pipeline_arn = cast("pulumi.Output[str | None]", delivery.pipeline_arn)
        self.pipeline_url = cast("pulumi.Output[str | None]", delivery.pipeline_url)

    def _git_repository(self) -> GitRepository | None:
        if self._source != PipelineSource.CONNECTION:
            return None
        return GitRepository(
            connection_arn=self._args["connection_arn"],
            repository_id=self._args["repository_id"],
            branch=self._args["branch"],
            service_dir=self._args["service_dir"],
            program_dir=self._args["program_dir"] if self._deploys_by_up() else None,
        )

    def _deploys_by_up(self) -> bool:
        return any("ecs_service" not in target for target in self._args["targets"])

    def _notification_topic_arn(self, key: PipelineKey) -> pulumi.Input[str] | None:
        if "notification_email" not in self._args:
            return self._args.get("notification_topic_arn")
        notifications = PipelineNotifications(
            self._name,
            email=self._args["notification_email"],
            key_arn=key.key_arn,
            tags=self._args["tags"],
            opts=self._child,
        )
        return notifications.topic_arn
