"""Publishes what somebody typed into the page, as `workers send` does."""

from __future__ import annotations

from itertools import repeat
from typing import Any

from starlette.routing import Route

from worker_ops.console.model.sources import sources_of
from worker_ops.console.web.asked import number_of, text_of
from worker_ops.console.web.console import Console
from worker_ops.console.web.routes import Asked, doing
from worker_ops.console.web.work import Work
from worker_ops.errors import OpsError
from worker_ops.messages.reading import body_problem, read_attributes
from worker_ops.messages.sending import Outlet, check_sendable, send_all
from worker_ops.queues import queue_attributes

_MOST_MESSAGES = 10_000
_MOST_A_SECOND = 10_000


def publish_route(console: Console) -> Route:
    """The route of the form."""

    def start(asked: Asked) -> Work:
        body = asked.body
        text = text_of(body, "text")
        problem = body_problem(text)
        if problem:
            raise OpsError(f"the message {problem}")
        count = number_of(body, "count", 1, _MOST_MESSAGES) or 1
        rate = number_of(body, "rate", 1, _MOST_A_SECOND)
        outlet = _outlet(console, asked)
        check_sendable(outlet, [text])

        def run(work: Work) -> dict[str, Any]:
            work.total = count
            return {"sent": send_all(outlet, repeat(text, count), rate, work.advance), "to": outlet.title}

        return console.works.start(f"the form of {asked.service.name}", run)

    return Route("/api/services/{service}/publish", doing(console, start, writes=True), methods=["POST"])


def _outlet(console: Console, asked: Asked) -> Outlet:
    topic_arn, queue_name, group = (
        None if asked.body.get(name) in (None, "") else text_of(asked.body, name)
        for name in ("topic", "queue", "group")
    )
    account = console.place.account
    if topic_arn is not None and topic_arn not in _topics(console, asked):
        raise OpsError(f"topic: {topic_arn!r} does not send to {asked.service.name}")
    return Outlet(
        account,
        topic_arn,
        None if topic_arn else asked.service.queue(queue_name).url,
        read_attributes(_attributes(asked.body.get("attributes") or {})),
        group,
    )


def _topics(console: Console, asked: Asked) -> set[str | None]:
    account = console.place.account
    found = {
        source.arn
        for queue in asked.service.queues
        for source in sources_of(account, queue_attributes(account, queue.url))
        if source.service == "sns"
    }
    return {asked.service.topic_arn, *found}


def _attributes(given: Any) -> list[str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise OpsError("attributes: is not an object of texts")
    return [f"{name}={value}" for name, value in given.items()]
