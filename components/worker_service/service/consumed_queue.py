"""ConsumedQueue: a queue as the worker, its role, its alarms and scaling know it, whoever made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from worker_service.inputs.arns import last_part, place_of
from worker_service.inputs.partitions import partition_of


@dataclass(frozen=True)
class ConsumedQueue:
    """A queue and its dead-letter queue."""

    key: str
    """What the service calls it."""
    queue_url: pulumi.Output[str]
    queue_arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    dead_letter_queue_url: pulumi.Output[str]
    dead_letter_queue_arn: pulumi.Output[str]
    dead_letter_queue_name: pulumi.Output[str]
    made: pulumi.Resource | None = None
    """The component that made it; None for an existing one."""

    @classmethod
    def of_existing(cls, key: str, given: Mapping[str, Any]) -> "ConsumedQueue":
        """A queue that is there already: its ARN says all that is needed."""
        queue_arn = pulumi.Output.from_input(given["queue_arn"])
        dead_letter_queue_arn = pulumi.Output.from_input(given["dead_letter_queue_arn"])
        return cls(
            key,
            queue_arn.apply(_url),
            queue_arn,
            queue_arn.apply(last_part),
            dead_letter_queue_arn.apply(_url),
            dead_letter_queue_arn,
            dead_letter_queue_arn.apply(last_part),
        )

    @property
    def outputs(self) -> dict[str, pulumi.Output[str]]:
        """What a caller and the operator's commands want to know of it."""
        return {
            "queue_url": self.queue_url,
            "queue_arn": self.queue_arn,
            "dead_letter_queue_url": self.dead_letter_queue_url,
            "dead_letter_queue_arn": self.dead_letter_queue_arn,
        }


def _url(queue_arn: str) -> str:
    """https://docs.aws.amazon.com/general/latest/gr/sqs-service.html"""
    place = place_of(queue_arn)
    suffix = partition_of(place.region).dns_suffix
    return f"https://sqs.{place.region}.{suffix}/{place.account_id}/{last_part(queue_arn)}"
