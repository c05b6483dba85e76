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
    """Those that change something below this folder."""
    program_dir: str | None
    """Those that change the program in this folder, or a stack's file in it, too; None where nothing is deployed with
    `pulumi up`."""
