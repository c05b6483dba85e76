"""The closed set that PipelineComponent's source chooses from."""

from enum import Enum


class PipelineSource(str, Enum):
    """Where the service's source comes from."""

    DIRECTORY = "directory"
    """A folder beside the program: `pulumi up` uploads it, builds it in CodeBuild and yields the image."""
    CONNECTION = "connection"
    """A Git repository, through a CodeConnections connection: a push starts the pipeline."""
    S3 = "s3"
    """An archive that somebody uploads: its arrival starts the pipeline."""
