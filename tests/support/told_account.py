"""An account whose answers a test tells beforehand."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from worker_ops.account import Account


class ToldAccount(Account):
    """Answers by the operation's name; an answer that is an exception is raised. Keeps what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        assert service
        self.asked.append((operation, arguments))
        answer: Any = self.answers[operation]
        answer = answer(arguments) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    def times(self, operation: str) -> int:
        return sum(asked == operation for asked, _ in self.asked)

    def last(self, operation: str) -> dict[str, Any]:
        return next(arguments for asked, arguments in reversed(self.asked) if asked == operation)


def refusal(code: str, message: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")
