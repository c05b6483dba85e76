"""Names of what belongs to a queue: they begin with the service's name and the queue's, and AWS bounds their length."""

from collections.abc import Iterable, Mapping
from typing import Any

from worker_service.service.queues import resource_name

#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
_QUEUE_MOST_CHARACTERS = 80
#: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
_RULE_MOST_CHARACTERS = 64
#: What Pulumi puts behind a name: a hyphen and seven random characters.
_RANDOM_CHARACTERS = 8


def queue_name_conflicts(name: str, queues: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """Queues and sources of the service of this name whose own names would be too long."""
    for key, queue in queues.items():
        if "queue_arn" in queue:
            continue
        begins = resource_name(name, key)
        suffix = ".fifo" if "fifo" in queue else ""
        yield from _too_long(f"queues.{key}", f"{begins}-dead-letter-queue", _QUEUE_MOST_CHARACTERS, suffix)
        for source in queue.get("sources", {}):
            yield from _too_long(f"queues.{key}.sources.{source}", f"{begins}-{source}-source", _RULE_MOST_CHARACTERS)


def _too_long(what: str, name: str, most: int, suffix: str = "") -> Iterable[str]:
    length = len(name) + _RANDOM_CHARACTERS + len(suffix)
    if length > most:
        yield (
            f"{what}: {name}: {length} characters are more than {most}, with what Pulumi puts behind; shorten this name"
            " or the service's"
        )
