"""What ECR keeps and what it expires."""

from __future__ import annotations

from worker_service.pipeline.image import image_lifecycle


def test_the_lifecycle_keeps_the_newest_and_what_was_deployed_with_the_first_prefix_first():
    policy = image_lifecycle.image_lifecycle_policy(
        keep_images=5, deployed_tag_prefixes=["deployed.prod.", "deployed.dev."]
    )

    expire = {"action": {"type": "expire"}}
    newest_1000, newest_5 = ({"countType": "imageCountMoreThan", "countNumber": count} for count in (1_000, 5))
    assert policy["rules"] == [
        {
            "rulePriority": 1,
            "description": "Keep what was deployed: deployed.prod.",
            "selection": {"tagStatus": "tagged", "tagPrefixList": ["deployed.prod."], **newest_1000},
            **expire,
        },
        {
            "rulePriority": 2,
            "description": "Keep what was deployed: deployed.dev.",
            "selection": {"tagStatus": "tagged", "tagPrefixList": ["deployed.dev."], **newest_1000},
            **expire,
        },
        {
            "rulePriority": 3,
            "description": "Keep the newest images",
            "selection": {"tagStatus": "any", **newest_5},
            **expire,
        },
    ]


def test_a_replaced_cache_goes_after_a_day():
    [rule] = image_lifecycle.cache_lifecycle_policy()["rules"]
    assert rule["selection"] == {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 1,
    }
