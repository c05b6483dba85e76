"""SharedTopic: a topic that services of several stacks are subscribed to."""

from collections.abc import Mapping
from typing import Annotated, NotRequired, TypedDict

import pulumi

from worker_service.inputs.rows import fields_of, rows_of
from worker_service.inputs.rules import MapOf
from worker_service.service.choices import Encryption
from worker_service.service.fifo import FIFO, Fifo
from worker_service.service.topics import PUBLISHERS, TOPICS, Publishers, Topic
from worker_service.service.work_topic import WorkTopic


class SharedTopic(TypedDict):
    """A topic of an environment. Each key may be left out."""

    fifo: NotRequired[Annotated[Fifo, FIFO]]
    """Keep the order of each message group, for FIFO queues; standard ones get no order. Cannot be changed later."""
    publishers: NotRequired[Annotated[Publishers, PUBLISHERS]]
    """Who may publish, beside the account's own principals: account_ids, role_arns, services and organization_id."""


SHARED_TOPICS = MapOf(TOPICS.key, fields_of(rows_of(SharedTopic)), maximum_entries=TOPICS.maximum_entries)


def shared_topics(
    name: str,
    topics: Mapping[str, SharedTopic],
    *,
    cluster_arn: pulumi.Input[str],
    encryption: Encryption,
    kms_key_arn: pulumi.Input[str] | None,
    protect: bool,
    tags: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> WorkTopic:
    """Make them, with one key."""
    return WorkTopic(
        f"{name}-shared",
        topics={key: _published(topic) for key, topic in topics.items()},
        fifo={key: topic["fifo"] for key, topic in topics.items() if "fifo" in topic},
        cluster_arn=cluster_arn,
        encryption=encryption,
        kms_key_arn=kms_key_arn,
        encrypts_alarms=False,
        delivers_events=False,
        protect=protect,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _published(topic: SharedTopic) -> Topic:
    return {"publishers": topic["publishers"]} if "publishers" in topic else {}
