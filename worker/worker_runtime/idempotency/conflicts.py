"""Writes to DynamoDB that were refused because of others under way: they are made again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from worker_runtime.backoff import delay_seconds

_Result = TypeVar("_Result")

_TRIES = 8
#: Pauses between tries, from and up to these.
_PAUSE_BASE_SECONDS = 0.02
_PAUSE_CAP_SECONDS = 1.28
#: Reasons that pass; botocore looks at errors' own codes alone:
#: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors
_PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


def write_despite_others(write: Callable[[], _Result]) -> _Result:
    """Make a write, and again, for a second or two, where another one's transaction has kept it from being made.
    Returns and raises what the last one does."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - for those who use it

    for tries_left in reversed(range(_TRIES)):
        try:
            return write()
        except ClientError as error:
            if not (tries_left and _passes(error.response)):
                raise
        time.sleep(delay_seconds(_TRIES - tries_left, _PAUSE_BASE_SECONDS, _PAUSE_CAP_SECONDS))
    raise AssertionError("the last try returns or raises")


def _passes(response: Any) -> bool:
    if response["Error"]["Code"] == "TransactionConflictException":
        return True
    reasons = {reason.get("Code") for reason in response.get("CancellationReasons", ())} - {"None", None}
    return bool(reasons) and reasons <= _PASSING
