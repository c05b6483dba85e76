"""Reach SQS through boto3: the reference for every other way."""

from __future__ import annotations

from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from worker_runtime.errors import QueueError
from worker_runtime.sqs.quotas import LONG_POLL_SECONDS
from worker_runtime.sqs.transport import ANSWER_SECONDS

#: Receivers, senders of batches and the lease keeper may all be calling at once.
_CONNECTIONS_MOST = 64


class BotoTransport:
    """Calls SQS with a boto3 client. Endpoint, credentials and proxies are found as boto3 always finds
    them."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._client: Any = session.client(
            "sqs",
            region_name=region,
            config=Config(
                connect_timeout=ANSWER_SECONDS,
                read_timeout=LONG_POLL_SECONDS + ANSWER_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 3},
                max_pool_connections=_CONNECTIONS_MOST,
            ),
        )

    @property
    def endpoint_url(self) -> str:
        """Where boto3 finds SQS."""
        return self._client.meta.endpoint_url

    def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:  # noqa: ARG002
        """Make one call; a boto3 client has one timeout for all its calls. Raises QueueError."""
        method = getattr(self._client, xform_name(operation))
        try:
            return method(**parameters)
        except Exception as error:
            raise queue_error(error) from error

    def interrupt(self) -> None:
        """Do nothing: boto3 cannot end a call under way."""


def queue_error(error: Exception) -> QueueError:
    """Name what boto3 raised: an answer of SQS's or STS's by its code, all else (a connection that broke, a token's
    file that is missing) by its class; that may pass."""
    if not isinstance(error, ClientError):
        return QueueError(type(error).__name__, str(error), retry=True)
    details = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = details.get("Code", "Unknown")
    return QueueError(code, details.get("Message", ""), retry=is_passing(code, status))


def is_passing(code: str, status: int) -> bool:
    """Tell whether an error answer passes by itself: the server's faults and throttling do, the caller's do
    not."""
    return status >= 500 or status == 429 or "Throttl" in code or code == "RequestThrottled"
