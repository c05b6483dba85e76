"""What a manifest publishes to: topics of the old stack, by Copilot's rule for their names."""

from __future__ import annotations

from worker_ops.migrate.conversion import Conversion, slug
from worker_ops.migrate.field import Field

_KEEP = (
    "the old stack owns this topic and deletes it: set DeletionPolicy Retain on it before that stack goes"
    " (MIGRATION.md), or make it anew in `shared_topics` of an Environment and move its subscribers"
)


def publish(source: Field, conversion: Conversion) -> None:
    """`publish`."""
    topics = source.get("topics")
    for topic in topics.items if topics else []:
        _topic(topic, conversion)


def _topic(source: Field, conversion: Conversion) -> None:
    name, fifo = source.get("name"), source.get("fifo")
    if not name or not name.text:
        conversion.report.not_understood(source, "needs a name")
        return
    is_fifo = bool(fifo) and (fifo.fields != {} or conversion.flag(fifo) is True)  # type: ignore[union-attr]
    told = name.text + (".fifo" if is_fifo else "")
    key = slug(name.text, 40)
    topics = conversion.args.setdefault("publishes_to", {})
    if key in topics:
        conversion.report.by_hand(source, f"publishes_to.{key} is there already; give this one another name. {_KEEP}")
        return
    topics[key] = {"topic_arn": conversion.topic_arn(conversion.service, told)}
    conversion.args.setdefault("copilot_variables", {}).setdefault("published_topics", {})[told] = key
    conversion.report.mapped(name, f"publishes_to.{key}")
    conversion.report.by_hand(name, _KEEP)
    if fifo:
        conversion.report.mapped(fifo, f"publishes_to.{key}.topic_arn")
