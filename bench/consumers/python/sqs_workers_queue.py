"""sqs-workers, reading a raw queue: batches of ten, one message after the other."""

import handled
from sqs_workers import RawQueue, SQSEnv

queue = SQSEnv().queue(handled.QUEUE_NAME, RawQueue, queue_url=handled.QUEUE_URL)


@queue.raw_processor()
def handle(message) -> None:
    """Handle one message."""
    handled.handle(message.body)


queue.process_queue(wait_second=20)
