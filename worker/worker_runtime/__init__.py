"""The worker runtime: an SQS consumer that asks its user for one function.

A handler needs these names and no others: `Message`, `Retry`, `Reject` and, for whole batches, `batch`.
"""

from worker_runtime.errors import InvalidBody, Reject, Retry
from worker_runtime.handler import batch
from worker_runtime.message import Message

__all__ = ["InvalidBody", "Message", "Reject", "Retry", "batch"]
