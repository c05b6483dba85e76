"""Watched: the topics, queues, cluster and log that alarms and dashboard look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True)
class Watched:
    """What the alarms of a service watch."""

    queue_name: pulumi.Input[str]
    queue_url: pulumi.Input[str]
    dead_letter_queue_name: pulumi.Input[str]
    dead_letter_queue_url: pulumi.Input[str]
    dead_letter_queue_arn: pulumi.Input[str]
    topic_names: Sequence[pulumi.Input[str]]
    cluster_arn: pulumi.Input[str]
    log_group_name: pulumi.Input[str]
    filter_namespace: pulumi.Input[str]

    def described(self, template: str, **more: pulumi.Input[Any]) -> pulumi.Output[str]:
        """The template with the names of what is watched."""
        return pulumi.Output.all(**vars(self), **more).apply(
            lambda known: template.format(**{**known, "topic_names": ", ".join(known["topic_names"])})
        )
