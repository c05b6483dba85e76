"""Bills orders, and says so to whom it concerns."""

import json
import logging
import os

import boto3

from worker_runtime import Message

log = logging.getLogger(__name__)
sns = boto3.client("sns", os.environ["QUEUE_REGION"])


def handle(message: Message) -> None:
    """Bill one order."""
    order = message.json()
    sns.publish(TopicArn=os.environ["WORKER_TOPIC_BILLED"], Message=json.dumps({"id": order["id"]}))
    log.info("order %s is billed with %.2f", order["id"], order["price"])
