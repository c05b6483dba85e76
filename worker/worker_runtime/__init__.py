"""The worker runtime: an SQS consumer that asks its user for one function.

A handler needs these names and no others: `Message`, `Retry`, `Reject`, and what declares more of it: `batch`,
`retry_policy`, `startup` and `shutdown`, `once` with its stores, `publish`
and `Outbox`.
"""

from worker_runtime.errors import InvalidBody, PublishError, Reject, Retry
from worker_runtime.handler import batch
from worker_runtime.handling.hooks import shutdown, startup
from worker_runtime.handling.retry_policy import retry_policy
from worker_runtime.idempotency.dynamodb_store import DynamoDBStore
from worker_runtime.idempotency.once import once
from worker_runtime.idempotency.sqlite_store import SQLiteStore
from worker_runtime.idempotency.store import Claim, OnceStore
from worker_runtime.message import Message
from worker_runtime.publishing.publish import Outbox, publish

__all__ = [
    "Claim",
    "DynamoDBStore",
    "InvalidBody",
    "Message",
    "OnceStore",
    "Outbox",
    "PublishError",
    "Reject",
    "Retry",
    "SQLiteStore",
    "batch",
    "once",
    "publish",
    "retry_policy",
    "shutdown",
    "startup",
]
