"""Fifo: a queue that keeps the order of each message group, with the topics made for it."""

from typing import Annotated, Any, NotRequired, TypedDict

from worker_service.inputs.rows import Default, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import Flag


class Fifo(TypedDict):
    """What a FIFO queue, and the topics made for it, do with duplicates and load. Give one key at least."""

    content_based_deduplication: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Take a message for a repetition of an equal one of the last five minutes, where its sender gives no deduplication
    id. Default false: each sender has to give one."""
    high_throughput: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Deduplicate and limit each message group by itself: thousands of messages a second in place of 300 calls. Default
    false."""


_ROWS = rows_of(Fifo)
FIFO = fields_of(_ROWS)


def fifo_queue(fifo: Fifo | None) -> dict[str, Any]:
    """The attributes of a queue.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/enable-high-throughput-fifo.html
    """
    if fifo is None:
        return {}
    given = {**defaults_of(_ROWS), **fifo}
    by_group = {"deduplication_scope": "messageGroup", "fifo_throughput_limit": "perMessageGroupId"}
    return {
        "fifo_queue": True,
        "content_based_deduplication": given["content_based_deduplication"],
        **(by_group if given["high_throughput"] else {}),
    }


def fifo_topic(fifo: Fifo | None) -> dict[str, Any]:
    """The attributes of a topic.

    https://docs.aws.amazon.com/sns/latest/dg/fifo-high-throughput.html
    """
    if fifo is None:
        return {}
    given = {**defaults_of(_ROWS), **fifo}
    return {
        "fifo_topic": True,
        "content_based_deduplication": given["content_based_deduplication"],
        **({"fifo_throughput_scope": "MessageGroup"} if given["high_throughput"] else {}),
    }
