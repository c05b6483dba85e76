"""ImageRepository: where images are pushed to and pulled from, and a repository beside it for the build's cache."""

import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import image_lifecycle, pipeline_policies
from components.documents import document


class ImageRepositoryArgs(TypedDict):
    """Arguments of ImageRepository."""

    key_arn: pulumi.Input[str]
    """KMS key that encrypts both repositories; AWS cannot change it later."""
    account_ids: Sequence[str]
    """Accounts that may pull, beside the repository's own."""
    keep_images: int
    """How many of the newest images are kept, beside those that were deployed."""
    deployed_tag_prefixes: Sequence[str]
    """Prefixes of the tags that mark deployed images. The first protects most."""
    protect: bool
    """Refuse deletion of the image repository, and keep it where it is forced."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of both repositories."""


class ImageRepository(pulumi.ComponentResource):
    """An ECR repository whose tags never move, and one for BuildKit's cache, whose tags must."""

    repository_url: pulumi.Output[str]
    """URL of the image repository."""
    repository_arn: pulumi.Output[str]
    """ARN of the image repository."""
    cache_url: pulumi.Output[str]
    """URL of the cache repository."""
    cache_arn: pulumi.Output[str]
    """ARN of the cache repository."""

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:ImageRepository", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        protect = args["protect"]
        repository = aws.ecr.Repository(
            f"{name}-repository",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": args["key_arn"]}],
            force_delete=not protect,
            tags=args["tags"],
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-repository-lifecycle",
            repository=repository.name,
            policy=document(
                image_lifecycle.image_lifecycle_policy,
                keep_images=args["keep_images"],
                deployed_tag_prefixes=args["deployed_tag_prefixes"],
            ),
            opts=child,
        )
        if args["account_ids"]:
            aws.ecr.RepositoryPolicy(
                f"{name}-repository-policy",
                repository=repository.name,
                policy=document(
                    pipeline_policies.repository_policy, key_arn=args["key_arn"], account_ids=args["account_ids"]
                ),
                opts=child,
            )
        cache = aws.ecr.Repository(
            f"{name}-cache",
            # BuildKit writes its cache under one tag, again and again.
            image_tag_mutability="MUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": args["key_arn"]}],
            force_delete=True,
            tags=args["tags"],
            opts=child,
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-cache-lifecycle",
            repository=cache.name,
            policy=json.dumps(image_lifecycle.cache_lifecycle_policy()),
            opts=child,
        )

        self.repository_url = repository.repository_url
        self.repository_arn = repository.arn
        self.cache_url = cache.repository_url
        self.cache_arn = cache.arn
        self.register_outputs({output: getattr(self, output) for output in ImageRepository.__annotations__})
