"""What a queue's URL tells: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME on AWS."""

from __future__ import annotations

from urllib.parse import urlsplit

from worker_ops.errors import OpsError


def checked_url(url: str) -> str:
    """The URL as it is. Raises OpsError where it is not a queue's."""
    if not _is_queues(url):
        raise OpsError(
            f"--queue: {url!r} is not a queue's URL such as https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
        )
    return url


def region_of(url: str) -> str | None:
    """The region that AWS's host names; None for another host."""
    host = (urlsplit(url).hostname or "").split(".")
    return host[1] if host[0] == "sqs" and len(host) > 2 else None


def endpoint_of(url: str) -> str | None:
    """The address of an SQS that is not AWS's, such as an emulator's; None for AWS's own."""
    parts = urlsplit(url)
    return None if region_of(url) else f"{parts.scheme}://{parts.netloc}"


def _is_queues(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # A port that is none is told only to whoever asks for it.
        has_host = parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(has_host) and parts.scheme in ("http", "https") and len(parts.path.strip("/").split("/")) > 1
