"""Queue: a queue that the worker consumes, made here or existing, beside what the service's own inputs say of it."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs import aws_values as aws
from worker_service.inputs.names import HANDLER
from worker_service.inputs.rows import fields_of, rows_of
from worker_service.inputs.rules import MapOf, Number, Text, Whole
from worker_service.service.fifo import FIFO, Fifo
from worker_service.service.sources import SOURCES, Source

#: The queue of the service's own inputs, which is always there.
MAIN = "main"

#: SQS's own longest: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
MAX_MESSAGE_RETENTION_SECONDS = 1_209_600
#: The provider's default is 256 KiB, SQS's own: https://aws.amazon.com/about-aws/whats-new/2025/08/amazon-sqs-max-payload-size-1mib/
MAX_MESSAGE_SIZE_BYTES = 1_048_576

#: An alarm reads ten metrics at most, and scaling reads two of each queue.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
MAX_QUEUES = 5


class Queue(TypedDict):
    """A queue that the worker consumes. Each key may be left out."""

    queue_arn: NotRequired[Annotated[pulumi.Input[str], aws.QUEUE_ARN]]
    """An existing queue of this region; nothing of it is changed, and the output required_policies says what its policy
    needs. Default: a queue made here."""
    dead_letter_queue_arn: NotRequired[Annotated[pulumi.Input[str], aws.QUEUE_ARN]]
    """The dead-letter queue that the existing queue's redrive policy names; goes with queue_arn."""
    kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """The KMS key of an existing queue, which the task role may use then. Default: encrypted by SQS itself."""
    handler: NotRequired[Annotated[str, HANDLER]]
    """Dotted path of the function that handles this queue's messages. Default: the service's handler."""
    acceptable_latency_seconds: NotRequired[Annotated[int, Whole(1, 86_400)]]
    """Seconds in which a backlog should be worked off, 1 to 86,400; the shorter, the more of a task's places are this
    queue's. Default: the service's."""
    message_processing_seconds: NotRequired[Annotated[float, Number(0.001, 43_200)]]
    """Seconds that a handler takes for a message, 0.001 to 43,200. Default: the service's."""
    fifo: NotRequired[Annotated[Fifo, FIFO]]
    """Keep the order of each message group: the queue, its dead-letter queue and the topics made for it are FIFO.
    Cannot be changed later. Default: a standard queue."""
    visibility_timeout_seconds: NotRequired[Annotated[int, Whole(30, 43_200)]]
    """Seconds until a message of a killed task is received again, 30 to 43,200. Default: the service's."""
    max_receive_count: NotRequired[Annotated[int, Whole(2, 1_000)]]
    """Receives before a message moves to the dead-letter queue, 2 to 1,000. Default: the service's."""
    message_retention_seconds: NotRequired[Annotated[int, Whole(60, MAX_MESSAGE_RETENTION_SECONDS)]]
    """Seconds that the queue keeps a message, 60 to 1,209,600. Default: the service's."""
    delay_seconds: NotRequired[Annotated[int, Whole(0, 900)]]
    """Seconds that each new message waits before it can be received, 0 to 900. Default 0."""
    max_message_size_bytes: NotRequired[Annotated[int, Whole(1_024, MAX_MESSAGE_SIZE_BYTES)]]
    """Bytes that a message may have, with its attributes, here and in the dead-letter queue, 1,024 to 1,048,576. What
    comes by a topic has 262,144 at most. Default 262,144."""
    dead_letter_retention_seconds: NotRequired[Annotated[int, Whole(60, MAX_MESSAGE_RETENTION_SECONDS)]]
    """Seconds that the dead-letter queue keeps a message, counted from when it was first sent, 60 to 1,209,600. Default
    1,209,600."""
    sources: NotRequired[Annotated[Mapping[str, Source], SOURCES]]
    """Events that come into the queue by an EventBridge rule, by a name of yours: event_pattern, or bucket with prefix
    and suffix. Default none."""


QUEUE_ROWS = rows_of(Queue)

#: A queue's name is a part of its resources' names, beside `dead-letter-queue`.
QUEUES = MapOf(
    Text(1, 20, r"(?!dead-letter$)[a-z][a-z0-9-]*", "1 to 20 lower-case letters, digits and hyphens, not dead-letter"),
    fields_of(QUEUE_ROWS),
    maximum_entries=MAX_QUEUES,
)

#: What the service's own inputs say of the main queue, and of others that leave it out.
SHARED = (
    "handler",
    "acceptable_latency_seconds",
    "message_processing_seconds",
    "visibility_timeout_seconds",
    "max_receive_count",
    "message_retention_seconds",
)
#: What only makes sense for a queue that is made here.
OF_MADE_QUEUES = (
    "fifo",
    "visibility_timeout_seconds",
    "max_receive_count",
    "message_retention_seconds",
    "delay_seconds",
    "max_message_size_bytes",
    "dead_letter_retention_seconds",
    "sources",
)
_OWN_DEFAULTS = {"delay_seconds": 0, "sources": {}, "dead_letter_retention_seconds": MAX_MESSAGE_RETENTION_SECONDS}


def all_queues(args: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every queue by its name with all that is known of it, the main one first."""
    own = {key: args[key] for key in SHARED if key in args}
    main = {"fifo": args["fifo"]} if "fifo" in args else {}
    given: Mapping[str, Mapping[str, Any]] = {MAIN: {}, **args["queues"]}
    return {key: {**_OWN_DEFAULTS, **own, **(main if key == MAIN else {}), **fields} for key, fields in given.items()}


def is_fifo(queue: Mapping[str, Any]) -> bool:
    """Whether the queue keeps an order; of an existing one its name says so, once it is known."""
    arn = queue.get("queue_arn")
    return arn.endswith(".fifo") if isinstance(arn, str) else "fifo" in queue


def resource_name(name: str, key: str) -> str:
    """Beginning of the logical names of what belongs to a queue: that of the main one is the service's own."""
    return name if key == MAIN else f"{name}-{key}"
