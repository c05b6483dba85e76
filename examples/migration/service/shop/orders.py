"""Keeps each order."""

import functools
import logging
import os

import boto3

from worker_runtime import Message

log = logging.getLogger(__name__)


@functools.cache
def schema() -> str:
    """The version that the migration has left."""
    return boto3.client("ssm").get_parameter(Name=os.environ["SCHEMA"])["Parameter"]["Value"]


def handle(message: Message) -> None:
    """Keep one order; here it is only said by which schema."""
    log.info("%s is kept by schema %s", message.json()["order_id"], schema())
