"""The lifecycle policies of the two repositories, as pure functions: what ECR keeps and what it expires."""

from collections.abc import Sequence
from typing import Any

#: Images of each stack that count as deployed. Far more than a stack goes back: deployments that fail are marked too,
#: and must never push out the image that still runs. Images share most of their layers.
KEEP_DEPLOYED_IMAGES = 1_000


def image_lifecycle_policy(*, keep_images: int, deployed_tag_prefixes: Sequence[str]) -> dict[str, Any]:
    """Keep the newest images of the repository, and what was deployed to each stack.

    An image that an earlier rule selects by its tag is never expired by a later one.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    """
    deployed = [
        {
            "description": f"Keep what was deployed: {prefix}",
            "selection": {
                "tagStatus": "tagged",
                "tagPrefixList": [prefix],
                "countType": "imageCountMoreThan",
                "countNumber": KEEP_DEPLOYED_IMAGES,
            },
        }
        for prefix in deployed_tag_prefixes
    ]
    newest = {
        "description": "Keep the newest images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep_images},
    }
    return _rules([*deployed, newest])


def cache_lifecycle_policy() -> dict[str, Any]:
    """Drop build caches that a newer one replaced."""
    replaced = {
        "description": "Drop replaced caches",
        "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1},
    }
    return _rules([replaced])


def _rules(rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "rules": [
            {"rulePriority": priority, **rule, "action": {"type": "expire"}}
            for priority, rule in enumerate(rules, start=1)
        ]
    }
