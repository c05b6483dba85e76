"""What a command that looks again and again does about a call that fails: it goes on where that may pass."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import ClientError

from worker_ops.account import reason_of
from worker_ops.errors import OpsError, UnreachableError
from worker_ops.screen import printable

#: What AWS's services answer to who asks too often, most of them with 400.
#: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_TOO_OFTEN = frozenset(
    {
        "KmsThrottled",
        "KMS.ThrottlingException",
        "LimitExceededException",
        "OverLimit",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


def may_pass(error: OpsError | ClientError) -> bool:
    """Whether the same call may work later: nothing answers, AWS has a fault, or is asked too often."""
    if isinstance(error, OpsError):
        return isinstance(error, UnreachableError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    return is_fault or error.response.get("Error", {}).get("Code") in _TOO_OFTEN


class Outage:
    """Says once why a call fails, and once that it works again."""

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        """`tell` is given each sentence; by itself they go to stderr."""
        self._tell = tell or _tell_on_stderr
        self._told = ""

    @contextmanager
    def outlived(self) -> Iterator[None]:
        """Let pass what may pass; raises what does not."""
        try:
            yield
        except (OpsError, ClientError) as error:
            if not may_pass(error):
                raise
            self._say(f"{reason_of(error)}\nasked again until it works; Ctrl-C ends it")
        else:
            if self._told:
                self._tell("it works again")
                self._told = ""

    def _say(self, sentence: str) -> None:
        if sentence != self._told:
            self._told = sentence
            self._tell(sentence)


def _tell_on_stderr(sentence: str) -> None:
    sys.stderr.write(printable(sentence) + "\n")
    sys.stderr.flush()
