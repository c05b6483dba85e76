"""The worker runtime: an SQS consumer that asks its user for one function.

A handler needs these names and no others: `Message`, `Retry`, `Reject` and, for whole batches, `batch`.
"""

from worker.errors import InvalidBody, Reject, Retry
from worker.handler import batch
from worker.message import Message

__all__ = ["InvalidBody", "Message", "Reject", "Retry", "batch"]
