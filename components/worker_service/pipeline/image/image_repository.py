"""ImageRepository: where images are pushed to and pulled from, and a repository beside it for the build's cache."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from worker_service.pipeline.image import image_lifecycle
from worker_service.policies.document import document
from worker_service.policies.pipeline_resources import repository_policy


class ImageRepository(pulumi.ComponentResource):
    """An ECR repository whose tags never move, and one for the build's cache, whose tags must."""

    repository_url: pulumi.Output[str]
    """URL of the image repository."""
    repository_arn: pulumi.Output[str]
    """ARN of the image repository."""
    cache_url: pulumi.Output[str]
    """URL of the cache repository."""
    cache_arn: pulumi.Output[str]
    """ARN of the cache repository."""

    def __init__(
        self,
        name: str,
        *,
        key_arn: pulumi.Input[str],
        account_ids: Sequence[str],
        keep_images: int,
        deployed_tag_prefixes: Sequence[str],
        protect: bool,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`account_ids` may pull beside its own account; AWS cannot change `key_arn` later.

        `keep_images` of the newest are kept, and those whose tags begin with one of the prefixes, the first of which
        protects most.
        """
        super().__init__("workers:index:ImageRepository", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
        attribute = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        # ECR knows no capitals.
        lower_name = name.lower()
        repository = aws.ecr.Repository(
            f"{lower_name}-repository",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": key_arn}],
            force_delete=not protect,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-repository-lifecycle",
            repository=repository.name,
            policy=document(
                image_lifecycle.image_lifecycle_policy,
                keep_images=keep_images,
                deployed_tag_prefixes=deployed_tag_prefixes,
            ),
            opts=attribute,
        )
        if account_ids:
            aws.ecr.RepositoryPolicy(
                f"{name}-repository-policy",
                repository=repository.name,
                policy=document(repository_policy, key_arn=key_arn, account_ids=account_ids),
                opts=attribute,
            )
        cache = aws.ecr.Repository(
            f"{lower_name}-cache",
            # A build writes its cache under one tag, again and again.
            image_tag_mutability="MUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": key_arn}],
            force_delete=True,
            tags=tags,
            opts=child,
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-cache-lifecycle",
            repository=cache.name,
            policy=json.dumps(image_lifecycle.cache_lifecycle_policy()),
            opts=attribute,
        )

        self.repository_url = repository.repository_url
        self.repository_arn = repository.arn
        self.cache_url = cache.repository_url
        self.cache_arn = cache.arn
        self.register_outputs(
            {
                "repository_url": self.repository_url,
                "repository_arn": self.repository_arn,
                "cache_url": self.cache_url,
                "cache_arn": self.cache_arn,
            }
        )
