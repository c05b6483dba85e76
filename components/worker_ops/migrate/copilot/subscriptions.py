"""What a manifest subscribes to: its main queue, topics, and queues of single topics."""

from __future__ import annotations

from typing import Any

from worker_ops.migrate.conversion import Conversion, slug
from worker_ops.migrate.field import Field

#: Beside the main queue.
_MOST_QUEUES = 4
_MOST_TOPICS = 10
#: Of a service's name and a queue's together: SQS takes 80, and a dead-letter queue's has 32 more, `.fifo` among them.
_QUEUE_MOST_CHARACTERS = 48
#: What SQS itself does where a manifest says nothing: the visibility timeout in seconds.
SQS_VISIBILITY_TIMEOUT = 30
#: input: least and most seconds that it takes.
_SPANS = {
    "retention": ("message_retention_seconds", 60, 1_209_600),
    "delay": ("delay_seconds", 0, 900),
    "timeout": ("visibility_timeout_seconds", 30, 43_200),
}
_TRIES = ("max_receive_count", 2, 1_000)
_NOT_READ = "Copilot ignores `queue` where there are no topics: the live queue is a standard one by SQS's defaults"


def subscribe(source: Field, conversion: Conversion) -> None:
    """`subscribe`."""
    topics, queue = source.get("topics"), source.get("queue")
    if topics is None or not topics.items:
        for nothing in (topics, queue):
            if nothing:
                conversion.report.dropped(nothing, _NOT_READ)
        return
    if queue:
        main = _queue(queue, conversion)
        delay = main.pop("delay_seconds", None)
        conversion.args |= main
        if delay is not None:
            conversion.args["queues"] = {"main": {"delay_seconds": delay}}
    for index, topic in enumerate(topics.items):
        if index >= _MOST_TOPICS:
            conversion.report.by_hand(topic, f"a service takes {_MOST_TOPICS} topics; make another one of the rest")
        else:
            _topic(topic, conversion)


def _topic(source: Field, conversion: Conversion) -> None:
    name, service = source.get("name"), source.get("service")
    if not name or not service or not name.text or not service.text:
        conversion.report.not_understood(source, "needs name and service")
        return
    topics: dict[str, Any] = conversion.args.setdefault("topics", {})
    key = slug(f"{service.text}-{name.text}", 40)
    if key in topics:
        conversion.report.by_hand(source, f"topics.{key} is there already; give this one another name")
        return
    topic: dict[str, Any] = {}
    extra = source.get("queue")
    queue = _own_queue(extra, name.text, conversion) if extra and extra.text not in ("false", "False") else None
    if extra and queue is None and extra.text in ("false", "False"):
        conversion.report.mapped(extra, f"topics.{key}")
    is_fifo = "fifo" in (conversion.args if queue is None else conversion.args["queues"][queue])
    topic["topic_arn"] = conversion.topic_arn(service.text, name.text + (".fifo" if is_fifo else ""))
    if queue is not None:
        topic["queue"] = queue
        variables = conversion.args.setdefault("copilot_variables", {})
        variables.setdefault("topic_queues", {})[_variable_key(service.text, name.text)] = queue
    topics[key] = topic
    for field in (name, service):
        conversion.report.mapped(field, f"topics.{key}.topic_arn")
    if policy := source.get("filter_policy"):
        topic["filter_policy"] = plain(policy)
        conversion.report.mapped(policy, f"topics.{key}.filter_policy")


def _own_queue(source: Field, topic: str, conversion: Conversion) -> str | None:
    """The name of a queue for one topic; None where there is no room for it."""
    queues: dict[str, Any] = conversion.args.setdefault("queues", {})
    name = slug(topic, min(20, _QUEUE_MOST_CHARACTERS - len(conversion.service)))
    if len(queues.keys() - {"main"}) >= _MOST_QUEUES or name in (*queues, "main", "dead-letter"):
        conversion.report.by_hand(
            source,
            f"a service consumes its main queue and {_MOST_QUEUES} others, each with a name of its own: until you say"
            " otherwise this topic delivers to the main queue",
        )
        return None
    # A queue of its own has SQS's defaults, not the main queue's values.
    own: dict[str, Any] = {"visibility_timeout_seconds": SQS_VISIBILITY_TIMEOUT, "message_retention_seconds": 345_600}
    if source.text is not None:
        conversion.report.mapped(source, f"queues.{name}")
    queues[name] = {**own, **_queue(source, conversion, f"queues.{name}.")}
    return name


def _queue(source: Field, conversion: Conversion, prefix: str = "") -> dict[str, Any]:
    """The fields of a queue, as inputs."""
    queue: dict[str, Any] = {}
    for name, (key, least, most) in _SPANS.items():
        field = source.get(name)
        seconds = conversion.whole_seconds(field) if field else None
        if field and seconds is not None:
            shown = f"queues.main.{key}" if name == "delay" and not prefix else f"{prefix}{key}"
            queue[key] = conversion.within(field, shown, seconds, least, most)
    tries = source.get("dead_letter", "tries")
    number = conversion.whole(tries) if tries else None
    if tries and number is not None:
        key, least, most = _TRIES
        queue[key] = conversion.within(tries, f"{prefix}{key}", number, least, most)
    if fifo := source.get("fifo"):
        queue |= _fifo(fifo, conversion, f"{prefix}fifo")
    return queue


def _fifo(source: Field, conversion: Conversion, key: str) -> dict[str, Any]:
    if source.text is not None:
        is_fifo = conversion.flag(source)
        if is_fifo is not None:
            conversion.report.mapped(source, key)
        # An input of a map says something with one key at least.
        return {"fifo": {"content_based_deduplication": False}} if is_fifo else {}
    fifo: dict[str, Any] = {"content_based_deduplication": False}
    if field := source.get("content_based_deduplication"):
        fifo["content_based_deduplication"] = bool(conversion.flag(field))
        conversion.report.mapped(field, f"{key}.content_based_deduplication")
    fast = source.get("high_throughput")
    if fast and conversion.flag(fast) is not None:
        fifo["high_throughput"] = bool(conversion.flag(fast))
        conversion.report.mapped(fast, f"{key}.high_throughput")
    scope, limit = source.get("deduplication_scope"), source.get("throughput_limit")
    by_group = (scope.text if scope else "queue", limit.text if limit else "perQueue")
    for field in (scope, limit):
        if field and by_group in (("messageGroup", "perMessageGroupId"), ("queue", "perQueue")):
            fifo["high_throughput"] = by_group[0] == "messageGroup"
            conversion.report.mapped(field, f"{key}.high_throughput")
        elif field:
            conversion.report.by_hand(field, f"`{key}.high_throughput` sets both to the message group, or neither")
    return {"fifo": fifo}


def plain(source: Field) -> Any:
    """A filter policy as SNS takes it: numbers and booleans are what they look like, as yaml.v3 reads them."""
    if source.fields:
        return {name: plain(field) for name, field in source.fields.items()}
    if isinstance(source.value, list):
        return [plain(item) for item in source.items]
    return source.plain


def _variable_key(service: str, topic: str) -> str:
    """The key of a topic's queue in COPILOT_TOPIC_QUEUE_URIS: letters and digits alone, the topic's in lower case."""
    return f"{_letters(service)}{_letters(topic).capitalize()}EventsQueue"


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isalnum())
