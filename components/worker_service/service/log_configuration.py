"""Where a container's output goes."""

from typing import Any


def log_configuration(log_group_name: str, region: str, stream_prefix: str) -> dict[str, Any]:
    """To CloudWatch Logs, as a container definition says it; streams are PREFIX/CONTAINER/TASK."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": log_group_name,
            "awslogs-region": region,
            "awslogs-stream-prefix": stream_prefix,
            # A full log sink must not stop the handlers.
            "mode": "non-blocking",
            "max-buffer-size": "25m",
        },
    }
