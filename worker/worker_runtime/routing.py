"""Which handler a message goes to: that of the topic that it came through, or of its queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from worker_runtime.errors import Reject, SettingsError
from worker_runtime.handler import Handler, load_handler
from worker_runtime.handling.arguments import with_failures
from worker_runtime.message import Message
from worker_runtime.queue_settings import QueueSettings


def load_handlers(queues: Sequence[QueueSettings], default: Handler) -> list[Handler]:
    """A handler for each queue, of all its topics' handlers; `default` is WORKER_HANDLER's. All are plain or all are
    async: they share the places of one process. Raises SettingsError naming every problem."""
    loader = _Loader(default)
    handlers = [loader.load(queue) for queue in queues]
    if loader.problems:
        raise SettingsError(loader.problems)
    return handlers


class _Loader:
    """Loads handlers by their paths, and collects what is wrong."""

    def __init__(self, default: Handler) -> None:
        self._default = default
        self.problems: list[str] = []

    def load(self, queue: QueueSettings) -> Handler:
        """The handler of one queue."""
        name = f"WORKER_QUEUES.{queue.key}"
        of_queue = self._load(queue.handler, f"{name}.handler") or self._default
        routes: dict[str, Handler] = {}
        for arn, path in queue.topics.items():
            setting = f"{name}.topics.{arn}"
            routes[arn] = handler = self._load(path, setting) or of_queue
            if path is not None and (handler.batch_size is not None or of_queue.batch_size is not None):
                self.problems.append(
                    f"{setting}: {path!r} cannot share a queue: handlers of single topics take one message each, "
                    "and one of these takes lists"
                )
        if not queue.subscribed_topics_only and all(handler is of_queue for handler in routes.values()):
            return of_queue
        return _Routes(routes, of_queue, queue.subscribed_topics_only).handler()

    def _load(self, path: str | None, setting: str) -> Handler | None:
        """The handler of a path; None without one, or where there is something wrong with it."""
        if path is None:
            return None
        try:
            handler = load_handler(path, setting, self._default.hooks)
        except SettingsError as error:
            self.problems += error.problems
            return None
        if handler.is_async != self._default.is_async:
            self.problems.append(
                f"{setting}: {path!r} cannot share the process: handlers are all plain or all async, and "
                "WORKER_HANDLER is of the other kind"
            )
        return handler


@dataclass(frozen=True)
class _Routes:
    """Handlers by topic."""

    by_topic: Mapping[str, Handler]
    default: Handler
    subscribed_topics_only: bool

    def handler(self) -> Handler:
        """All of them as one."""
        default = self.default
        if default.batch_size is None:
            return replace(default, function=self._call_async if default.is_async else self._call)
        return replace(default, function=self._call_list_async if default.is_async else self._call_list)

    def _of(self, message: Message) -> Handler:
        if message.topic is None:
            return self.default
        handler = self.by_topic.get(message.topic)
        if handler is None and self.subscribed_topics_only:
            raise Reject(f"{message.topic} is no topic that the queue is subscribed to")
        return handler or self.default

    def _call(self, message: Message) -> Any:
        return self._of(message).function(message)

    async def _call_async(self, message: Message) -> Any:
        return await self._of(message).function(message)

    def _call_list(self, messages: list[Message]) -> Any:
        known, strangers = self._strangers(messages)
        return with_failures(strangers, self.default.function(known) if known else None)

    async def _call_list_async(self, messages: list[Message]) -> Any:
        known, strangers = self._strangers(messages)
        return with_failures(strangers, await self.default.function(known) if known else None)

    def _strangers(self, messages: list[Message]) -> tuple[list[Message], dict[str, BaseException]]:
        """A list has one handler: only strangers are told apart, each with its reason."""
        strangers: dict[str, BaseException] = {}
        for message in messages:
            try:
                self._of(message)
            except Reject as stranger:
                strangers[message.id] = stranger
        return [message for message in messages if message.id not in strangers], strangers
