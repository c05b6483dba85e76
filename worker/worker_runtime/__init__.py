"""The worker runtime: an SQS consumer that asks its user for one function.

A handler needs these names and no others: `Message`, `Retry`, `Reject`, and what declares more of it: `batch`,
`retry_policy`, `startup` and `shutdown`.
"""

from worker_runtime.errors import InvalidBody, Reject, Retry
from worker_runtime.handler import batch
from worker_runtime.handling.hooks import shutdown, startup
from worker_runtime.handling.retry_policy import retry_policy
from worker_runtime.message import Message

__all__ = ["InvalidBody", "Message", "Reject", "Retry", "batch", "retry_policy", "shutdown", "startup"]
