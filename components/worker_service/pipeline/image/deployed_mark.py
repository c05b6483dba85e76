"""The tag that marks an image as deployed by `pulumi up`, so that the lifecycle policy keeps it while it runs.

Tags of the repository never move, so each deployment puts one of its own, which goes when another one replaced it.
"""

import secrets
from typing import Any

from worker_service.pipeline.pipeline_target import DEPLOYED_BY_UP

_RANDOM_BYTES = 8


def put_mark(ecr: Any, repository_name: str, digest: str) -> str:
    """Tag the image, and return the tag."""
    image = ecr.batch_get_image(repositoryName=repository_name, imageIds=[{"imageDigest": digest}])["images"][0]
    tag = f"{DEPLOYED_BY_UP}{secrets.token_hex(_RANDOM_BYTES)}"
    ecr.put_image(
        repositoryName=repository_name,
        imageManifest=image["imageManifest"],
        # A manifest need not say what it is.
        imageManifestMediaType=image["imageManifestMediaType"],
        imageDigest=digest,
        imageTag=tag,
    )
    return tag


def take_mark(ecr: Any, repository_name: str, tag: str) -> None:
    """Take the tag away. The image stays under the tag that it was built with."""
    try:
        ecr.batch_delete_image(repositoryName=repository_name, imageIds=[{"imageTag": tag}])
    except ecr.exceptions.RepositoryNotFoundException:
        return  # and the tag is gone with it
