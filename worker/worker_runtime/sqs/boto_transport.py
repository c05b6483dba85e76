"""Reach SQS through boto3: the reference for every other way."""

from __future__ import annotations

import contextlib
import json
from typing import Any, NoReturn

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from worker_runtime.errors import QueueError
from worker_runtime.sqs.boto_polls import BotoPolls
from worker_runtime.sqs.quotas import LONG_POLL_SECONDS
from worker_runtime.sqs.timed_calls import TimedCalls
from worker_runtime.sqs.transport import ANSWER_SECONDS

#: Receivers, senders of batches and the lease keeper may all be calling at once.
_CONNECTIONS_MOST = 128
#: Beside throttling: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_PASSING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "TooManyRequests",
        "TooManyRequestsException",
    }
)


class BotoTransport:
    """Calls SQS with a boto3 client. Endpoint, credentials and proxies are found as boto3 always finds
    them."""

    def __init__(self, session: Session, region: str) -> None:
        self._calls = TimedCalls()
        self._client: Any = session.create_client(
            "sqs",
            region_name=region,
            config=Config(
                connect_timeout=ANSWER_SECONDS,
                read_timeout=LONG_POLL_SECONDS + ANSWER_SECONDS,
                # One more for a connection that was just closed; whoever calls backs off and tries again by itself.
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=_CONNECTIONS_MOST,
            ),
        )
        self._client.meta.events.register("after-call.sqs", _refuse_what_is_no_document)
        self._polls = BotoPolls(self._client)

    def request_url(self) -> str:
        """Where boto3 sends its calls; what a client tells as its endpoint is another in some partitions."""
        event = "before-call.sqs.ReceiveMessage"
        urls: list[str] = []

        def note(params: dict[str, Any], **_more: Any) -> NoReturn:
            urls.append(params["url"])
            raise _NotSent

        self._client.meta.events.register(event, note)
        with contextlib.suppress(_NotSent):
            self._client.receive_message(QueueUrl="")
        self._client.meta.events.unregister(event, note)
        return urls[0]

    def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """Make one call. Raises QueueError."""
        try:
            return self._calls.run(lambda: self._made(operation, parameters), timeout_seconds)
        except Exception as error:
            raise queue_error(error) from error

    def interrupt(self) -> None:
        """End the receives under way."""
        self._polls.end()

    def _made(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        with self._polls.under_way() if operation == "ReceiveMessage" else contextlib.nullcontext():
            return getattr(self._client, xform_name(operation))(**parameters)


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
    """Tell whether an answer that is no success passes by itself: the server's faults and throttling do, and what
    is no error of SQS's at all; the caller's faults do not."""
    return status < 400 or status >= 500 or status in (408, 429) or "Throttl" in code or code in _PASSING_CODES


class _NotSent(Exception):  # noqa: N818 - it is no error
    """Ends a call before it is sent."""


def _refuse_what_is_no_document(http_response: Any, **_more: Any) -> None:
    """botocore takes a success whose body it cannot read for one that says nothing: an empty queue, for example."""
    if http_response.status_code < 300 and not isinstance(json.loads(http_response.content), dict):
        raise TypeError("the answer is no JSON object")
