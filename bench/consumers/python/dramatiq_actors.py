"""dramatiq on SQS: no retries, no time limits and no dead letters, so that it does the least."""

import dramatiq
import handled
from dramatiq_sqs import SQSBroker

dramatiq.set_broker(SQSBroker(middleware=[], visibility_timeout=None))


@dramatiq.actor(queue_name=handled.QUEUE_NAME, actor_name="handle")
def handle(body: str) -> None:
    """Handle one message."""
    handled.handle(body)
