"""GitRepository: where a pipeline takes its source from, if not from an uploaded archive."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GitRepository:
    """A branch of a repository, read through a CodeConnections connection."""

    connection_arn: str
    repository_id: str
    """As its provider names it, such as owner/repository."""
    branch: str
    """Pushes to it start the pipeline."""
    service_dir: str
    """Only where they change something below this folder."""
