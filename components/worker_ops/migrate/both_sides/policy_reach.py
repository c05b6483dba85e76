"""What IAM policies allow, compared: which rights of some documents others do not give.

Conditions, but for a topic that may deliver, denials and boundaries are not compared: they take rights away, and a
person has to know why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Right:
    """An action on a resource, both perhaps with wildcards."""

    action: str
    resource: str

    def is_within(self, other: Right) -> bool:
        """Whether the other one gives this one whole."""
        return _covers(other.action.lower(), self.action.lower()) and _covers(other.resource, self.resource)


def rights_of(documents: Iterable[Document]) -> list[Right]:
    """What they allow, each once and in order."""
    found = [
        Right(action, resource)
        for statement in _allowing(documents)
        for action in _many(statement.get("Action"))
        for resource in _many(statement.get("Resource"))
    ]
    return list(dict.fromkeys(found))


def has_exceptions(documents: Iterable[Document]) -> bool:
    """Whether something is allowed by what it is not, which cannot be compared: NotAction, NotResource."""
    return any("NotAction" in one or "NotResource" in one for one in _allowing(documents))


def lets_service(document: Document, service: str, actions: Sequence[str]) -> bool:
    """Whether a resource's own policy lets an AWS service do all these."""
    given = [
        action.lower()
        for statement in _allowing([document])
        if _is_for(statement.get("Principal"), service)
        for action in _many(statement.get("Action"))
    ]
    return all(any(_covers(pattern, action.lower()) for pattern in given) for action in actions)


def lets_topic(document: Document, topic_arn: str) -> bool:
    """Whether a queue's policy lets SNS deliver from a topic. Of its conditions, those on the source count."""
    return any(
        lets_service({"Statement": statement}, "sns.amazonaws.com", ["sqs:SendMessage"])
        and _lets_source(statement.get("Condition", {}), topic_arn)
        for statement in _allowing([document])
    )


def senders_of(document: Document) -> list[str]:
    """Whom a queue's policy lets send, but for SNS: AWS services, accounts and roles, and * for anybody."""
    found = [
        name
        for statement in _allowing([document])
        if any(_covers(action.lower(), "sqs:sendmessage") for action in _many(statement.get("Action")))
        # A topic that is named as the source stands for SNS, whoever is named beside it.
        if ":sns:" not in json.dumps(statement.get("Condition", {}))
        for name in _principals(statement.get("Principal"))
    ]
    return [name for name in dict.fromkeys(found) if name != "sns.amazonaws.com"]


def _lets_source(condition: Mapping[str, Mapping[str, Any]], arn: str) -> bool:
    return all(
        any(_covers(pattern, arn) for pattern in _many(allowed))
        for operator, keys in condition.items()
        if operator in ("ArnEquals", "ArnLike", "StringEquals", "StringLike")
        for key, allowed in keys.items()
        if key.lower() == "aws:sourcearn"
    )


def _principals(principal: Any) -> list[str]:
    if isinstance(principal, Mapping):
        return [name for names in principal.values() for name in _many(names)]
    return _many(principal)


def _is_for(principal: Any, service: str) -> bool:
    return principal == "*" or (isinstance(principal, Mapping) and service in _many(principal.get("Service")))


def _allowing(documents: Iterable[Document]) -> Iterator[Document]:
    for document in documents:
        statements = document.get("Statement", [])
        for statement in [statements] if isinstance(statements, Mapping) else statements:
            if statement.get("Effect") == "Allow":
                yield statement


def _many(value: Any) -> list[str]:
    """A text alone stands for a list of one."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _covers(pattern: str, text: str) -> bool:
    """Whether all that `text` stands for is within `pattern`: a wildcard of the text's is one for the pattern's."""
    return _regular(pattern).fullmatch(text) is not None


@cache
def _regular(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "[^*]"}
    return re.compile("".join(wild.get(character, re.escape(character)) for character in pattern), re.DOTALL)
