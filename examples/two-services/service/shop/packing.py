"""Packs orders, and says so."""

import logging
import os

import boto3

from worker_runtime import Message

log = logging.getLogger(__name__)
sns = boto3.client("sns", os.environ["QUEUE_REGION"])


def handle(message: Message) -> None:
    """Pack one."""
    order = message.json()
    sns.publish(TopicArn=os.environ["WORKER_TOPIC_PACKED"], Message=message.body)
    log.info("order %s is packed", order["id"])
