"""Which handler a message goes to: that of the topic that it came through, or the queue's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from worker_runtime.errors import Reject, SettingsError
from worker_runtime.handler import Handler, load_handler
from worker_runtime.message import Message


def load_routes(topics: Mapping[str, str | None], default: Handler, *, subscribed_topics_only: bool) -> Handler:
    """A handler of all of them, each loaded by its path. Raises SettingsError naming every problem."""
    problems: list[str] = []
    routes: dict[str, Handler] = {}
    for arn, path in topics.items():
        name = f"WORKER_QUEUES.main.topics.{arn}"
        try:
            handler = default if path is None else load_handler(path, name)
        except SettingsError as error:
            problems += error.problems
            continue
        routes[arn] = handler
        if path is not None:
            problems += [f"{name}: {path!r} {problem}" for problem in _misfits(handler, default)]
    if problems:
        raise SettingsError(problems)
    if not subscribed_topics_only and all(handler is default for handler in routes.values()):
        return default
    return _Routes(routes, default, subscribed_topics_only).handler()


def _misfits(handler: Handler, default: Handler) -> list[str]:
    """Why the handlers cannot take turns."""
    if handler.batch_size is not None or default.batch_size is not None:
        return ["cannot share a queue: handlers of single topics take one message each, and one of these takes lists"]
    if handler.is_async != default.is_async:
        return ["cannot share a queue: handlers are all plain or all async, and WORKER_HANDLER is of the other kind"]
    return []


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
        return _together(strangers, self.default.function(known) if known else None)

    async def _call_list_async(self, messages: list[Message]) -> Any:
        known, strangers = self._strangers(messages)
        return _together(strangers, await self.default.function(known) if known else None)

    def _strangers(self, messages: list[Message]) -> tuple[list[Message], dict[str, BaseException]]:
        """A list has one handler: only strangers are told apart, each with its reason."""
        strangers: dict[str, BaseException] = {}
        for message in messages:
            try:
                self._of(message)
            except Reject as stranger:
                strangers[message.id] = stranger
        return [message for message in messages if message.id not in strangers], strangers


def _together(strangers: dict[str, BaseException], result: Any) -> Any:
    """What the handler of lists says, and the strangers."""
    return {**strangers, **(result or {})} if strangers else result
