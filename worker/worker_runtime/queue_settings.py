"""What WORKER_QUEUES says of each queue: `{"main": {...}, "bulk": {"uri": ..., "handler": ..., "topics": {...}}}`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

#: The queue that the variables QUEUE_* describe.
MAIN = "main"
#: Queues that one process consumes: each has threads, leases and polls of its own.
QUEUES_MOST = 10
#: What weighs a queue where nobody says how late its messages may be handled.
LATENCY_SECONDS = 60.0

HANDLER_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_KEY = re.compile(r"[a-z][a-z0-9-]{0,19}")
#: urlsplit leaves out line breaks, and takes all else.
_URL_CHARACTERS = re.compile(r"[!-~]+")
_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_DOTTED_PATH = "a dotted path such as package.module.function"
#: Least and most.
_NUMBERS = {
    "acceptable_latency_seconds": (1, 86_400),
    "demand_per_visible": (0, 1_000_000),
    "demand_per_in_flight": (0, 1_000_000),
    "backoff_base_seconds": (0, 900),
    "backoff_cap_seconds": (0, 43_200),
}
_OF_EACH = ("topics", "subscribed_topics_only", *_NUMBERS)
#: The main queue's are variables.
_OF_OTHERS = ("uri", "handler", *_OF_EACH)


@dataclass(frozen=True, kw_only=True)
class QueueSettings:
    """What one queue is, and how its messages are handled."""

    key: str = MAIN
    """What `message.queue` says."""
    uri: str
    """The queue's URL."""
    handler: str | None = None
    """Dotted path of the handler; None: WORKER_HANDLER."""
    topics: Mapping[str, str | None] = field(default_factory=dict)
    """ARNs of the topics that the queue is subscribed to, where somebody has to know: each with the path of its own
    handler, or None for the queue's."""
    subscribed_topics_only: bool = False
    """Reject notifications of other topics: a body that is sent straight to the queue can imitate any."""
    acceptable_latency_seconds: float = LATENCY_SECONDS
    """Queues that want to handle sooner get more of the places, in proportion."""
    demand_per_visible: float = 0
    """Share of a task that a waiting message needs."""
    demand_per_in_flight: float = 0
    """Share of a task that a message in flight needs."""
    backoff_base_seconds: float = 2
    """Longest wait before the second try; doubled for each one after it."""
    backoff_cap_seconds: float = 300
    """Longest wait before any try."""

    @property
    def name(self) -> str:
        """The queue's name in SQS."""
        return self.uri.rpartition("/")[2]


def is_queue_url(value: str) -> bool:
    """Tell whether a text has the form of a queue's URL."""
    if not _URL_CHARACTERS.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that hold no address, a port that is none
        return False
    return parts.scheme in ("http", "https") and has_host and parts.path.count("/") >= 1


def read_queues(text: str, main: QueueSettings) -> tuple[list[QueueSettings], list[str]]:
    """The queues, the main one first, and what is wrong with the variable; what it leaves out is as in `main`."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not all(isinstance(queue, dict) for queue in given.values()):
        return [main], [f"WORKER_QUEUES: {text!r} is not a JSON object of queues, each an object"]
    reader = _Reader(main)
    queues = [reader.read(key, fields) for key, fields in {MAIN: {}, **given}.items()]
    reader.check_together(queues)
    return queues, reader.problems


class _Reader:
    """Reads queue by queue and collects what is wrong."""

    def __init__(self, main: QueueSettings) -> None:
        self._main = main
        self.problems: list[str] = []

    def read(self, key: str, given: Mapping[str, Any]) -> QueueSettings:
        name = f"WORKER_QUEUES.{key}"
        if not _KEY.fullmatch(key):
            self.problems.append(f"{name}: {key!r} is not a name of 1 to 20 lower-case letters, digits and -")
        known = _OF_EACH if key == MAIN else _OF_OTHERS
        for field_name in given:
            if field_name not in known:
                self.problems.append(f"{name}.{field_name}: unknown; known are {', '.join(known)}")
        only = given.get("subscribed_topics_only", False)
        if not isinstance(only, bool):
            self.problems.append(f"{name}.subscribed_topics_only: {only!r} is not true or false")
        return QueueSettings(
            key=key,
            uri=self._main.uri if key == MAIN else self._uri(name, given.get("uri")),
            handler=None if key == MAIN else self._path(f"{name}.handler", given.get("handler")),
            topics=self._topics(f"{name}.topics", given.get("topics", {})),
            subscribed_topics_only=bool(only),
            **{field_name: self._number(name, field_name, given) for field_name in _NUMBERS},
        )

    def check_together(self, queues: list[QueueSettings]) -> None:
        if len(queues) > QUEUES_MOST:
            self.problems.append(f"WORKER_QUEUES: {len(queues)} queues are too many; {QUEUES_MOST} at most")
        seen: dict[str, str] = {}
        for queue in queues:
            if queue.uri and seen.setdefault(queue.uri, queue.key) != queue.key:
                self.problems.append(
                    f"WORKER_QUEUES.{queue.key}.uri: {queue.uri!r} is the queue {seen[queue.uri]!r} already"
                )

    def _uri(self, name: str, value: Any) -> str:
        if isinstance(value, str) and is_queue_url(value):
            return value
        said = "required," if value is None else f"{value!r} is not"
        self.problems.append(f"{name}.uri: {said} the queue's URL (https://sqs.REGION.amazonaws.com/ACCOUNT/NAME)")
        return ""

    def _path(self, name: str, value: Any) -> str | None:
        if value is None or (isinstance(value, str) and HANDLER_PATH.fullmatch(value)):
            return value
        self.problems.append(f"{name}: {value!r} is not {_DOTTED_PATH}, or null")
        return None

    def _topics(self, name: str, given: Any) -> dict[str, str | None]:
        if not isinstance(given, dict):
            self.problems.append(f"{name}: {given!r} is not an object of topic ARNs")
            return {}
        for arn in given:
            if not _TOPIC_ARN.fullmatch(arn):
                self.problems.append(f"{name}.{arn}: {arn!r} is not a topic's ARN")
        return {arn: self._path(f"{name}.{arn}", handler) for arn, handler in given.items()}

    def _number(self, name: str, field_name: str, given: Mapping[str, Any]) -> float:
        least, most = _NUMBERS[field_name]
        fallback = getattr(self._main, field_name)
        value = given.get(field_name, fallback)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.problems.append(f"{name}.{field_name}: {value!r} is not a number from {least:g} to {most:g}")
        return fallback
