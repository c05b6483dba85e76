"""What a handler raises to decide about its message, and what the runtime itself raises.

WorkerError
 ├─ Retry           the handler asks for another try, after a delay
 ├─ Reject          the handler says that no try can succeed
 │   └─ InvalidBody   the body is not what the handler asked it to be (JSON)
 ├─ HandlerTimeout  the handler ran longer than it may
 ├─ PublishError    what a handler publishes was not taken
 ├─ QueueError      a call to SQS failed
 └─ SettingsError   the environment does not describe a worker
"""

from __future__ import annotations


class WorkerError(Exception):
    """Base of every error of the runtime."""


class Retry(WorkerError):  # noqa: N818 - a decision of the handler's, named as one
    """Try the message again after `delay_seconds` (0 to 43,200; None, the default: the usual back-off)."""

    def __init__(self, delay_seconds: float | None = None, reason: str = "") -> None:
        if delay_seconds is not None and not 0 <= delay_seconds <= 43_200:
            raise ValueError(f"delay_seconds: {delay_seconds!r} is not a number from 0 to 43200")
        super().__init__(reason or "the handler asked for another try")
        self.delay_seconds = delay_seconds


class Reject(WorkerError):  # noqa: N818 - a decision of the handler's, named as one
    """No try can succeed: put the message into the dead-letter queue now, with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidBody(Reject):
    """The message's body is not valid JSON."""


class HandlerTimeout(WorkerError):  # noqa: N818 - the handler's condition, as users see it in the dead-letter queue
    """The handler ran longer than `seconds`, its WORKER_HANDLER_TIMEOUT_SECONDS."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the handler ran longer than {seconds:g} seconds")


class PublishError(WorkerError):
    """Not all of what a handler publishes was taken by SNS or SQS; `failed` tells how many messages were not."""

    def __init__(self, target: str, failed: int, reason: str) -> None:
        super().__init__(f"{failed} messages were not published to {target}: {reason}")
        self.failed = failed


class QueueError(WorkerError):
    """A call to SQS failed. `retry` tells whether the same call may succeed in a moment."""

    def __init__(self, code: str, message: str, *, retry: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.retry = retry

    @property
    def queue_is_gone(self) -> bool:
        """The queue does not exist, nor do its messages."""
        return self.code.rpartition(".")[2] in ("NonExistentQueue", "QueueDoesNotExist")

    @property
    def is_denied(self) -> bool:
        """A policy does not allow the call."""
        return self.code.rpartition(".")[2] in ("AccessDenied", "AccessDeniedException")


class SettingsError(WorkerError):
    """The environment does not describe a worker; `problems` says why, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def text_of(error: BaseException) -> str:
    """What an error says; its class where its own `__str__` fails, as a user's may: even by SystemExit."""
    try:
        return str(error)
    except BaseException:
        return type(error).__name__
