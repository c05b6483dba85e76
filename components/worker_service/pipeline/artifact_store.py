"""ArtifactStore: the bucket that sources and artifacts pass through."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from worker_service.pipeline.pipeline_target import PipelineTarget, role_arns
from worker_service.policies.document import document
from worker_service.policies.pipeline_resources import bucket_policy
from worker_service.private_bucket import ABORT_UPLOAD_DAYS, private_bucket

#: Archives of service_dir, named by the hash of their contents.
UPLOAD_PREFIX = "build-context/"

#: The archive that starts a pipeline whose source is s3.
SOURCE_KEY = "source.zip"

#: What has been built or deployed is not read again; the versions behind it serve to look back.
KEEP_ARTIFACT_DAYS = 30

#: CodePipeline's artifacts lie below the first characters of the pipeline's name.
#: https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts.html#concepts-artifacts
ARTIFACT_PREFIX_CHARACTERS = 20


class ArtifactStore(pulumi.ComponentResource):
    """A private, versioned, encrypted bucket, closed to plain HTTP, whose objects expire."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""

    def __init__(
        self,
        name: str,
        *,
        key_arn: pulumi.Input[str],
        artifact_readers: Sequence[PipelineTarget],
        announces_objects: bool,
        protect: bool,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """The deploy roles of `artifact_readers` read from it, perhaps from other accounts.

        With `announces_objects` EventBridge is told of every new object.
        """
        super().__init__("workers:index:ArtifactStore", name, {}, opts)
        bucket, attribute = private_bucket(
            f"{name}-artifacts",
            key_arn=key_arn,
            lifecycle_rules=_lifecycle_rules(name),
            protect=protect,
            tags=tags,
            parent=self,
        )
        aws.s3.BucketVersioning(
            f"{name}-artifacts-versioning",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=attribute,
        )
        aws.s3.BucketPolicy(
            f"{name}-artifacts-policy",
            bucket=bucket.id,
            policy=document(
                bucket_policy,
                bucket_arn=bucket.arn,
                artifact_reader_arns=role_arns(key_arn, artifact_readers),
            ),
            opts=attribute,
        )
        if announces_objects:
            aws.s3.BucketNotification(
                f"{name}-artifacts-notification", bucket=bucket.id, eventbridge=True, opts=attribute
            )

        self.bucket_name = bucket.bucket
        self.bucket_arn = bucket.arn
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn})


def artifact_keys(pipeline: str, artifact: str) -> str:
    """Pattern of the keys under which the pipeline of this name stores the artifact."""
    return f"{_artifact_prefix(pipeline)}*/{artifact}/*"


def _artifact_prefix(name: str) -> str:
    # Random characters follow the name, and CodePipeline cuts all of it off.
    return f"{name}-"[:ARTIFACT_PREFIX_CHARACTERS]


def _lifecycle_rules(name: str) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Everything expires but the newest source archive, which a pipeline may be asked to release again."""
    expiring: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": rule_id,
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "expiration": {"days": KEEP_ARTIFACT_DAYS},
        }
        for rule_id, prefix in (("expire-uploads", UPLOAD_PREFIX), ("expire-artifacts", _artifact_prefix(name)))
    ]
    old_versions: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "expire-old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": KEEP_ARTIFACT_DAYS},
        "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_UPLOAD_DAYS},
    }
    return [*expiring, old_versions]
