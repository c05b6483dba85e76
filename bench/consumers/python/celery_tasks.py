"""Celery on SQS, tuned: acknowledged late, a deep prefetch and a short polling interval.

As shipped it handles some eight messages a second, since kombu takes a full prefetch for an empty poll.
"""

import handled
from celery import Celery

app = Celery("celery_tasks", broker="sqs://")
app.conf.update(
    broker_transport_options={
        "predefined_queues": {handled.QUEUE_NAME: {"url": handled.QUEUE_URL}},
        "region": "eu-west-1",
        "wait_time_seconds": 20,
        "polling_interval": 0.01,
    },
    broker_connection_retry_on_startup=True,
    task_default_queue=handled.QUEUE_NAME,
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=20,
    worker_disable_rate_limits=True,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
)


@app.task(name="handle")
def handle(body: str) -> None:
    """Handle one message."""
    handled.handle(body)
