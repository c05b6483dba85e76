"""Messages from a JSON Lines file, all checked before the first is published."""

from __future__ import annotations

import json
from pathlib import Path

from local.errors import BoxError
from worker_ops.messages.reading import body_problem

MOST_MESSAGES = 10_000
#: SNS's limit of a message, and of the sum of a batch, for a topic without MaximumMessageSize:
#: https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
MOST_BYTES = 262_144
#: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
_BATCH_MOST = 10
_SHOWN_MOST = 20


def read_messages(path: Path) -> list[str]:
    """The messages of a file, one a line. Raises BoxError that names every bad line, the first 20 of them."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BoxError(f"cannot read {path}: {error.strerror}") from None
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
    if not lines:
        raise BoxError(f"{path} is empty: it needs 1 to {MOST_MESSAGES:,} lines, each a message in JSON")
    if len(lines) > MOST_MESSAGES:
        raise BoxError(f"{path} has {len(lines):,} lines: at most {MOST_MESSAGES:,} are published at once; split it")
    problems = [f"line {number}: {problem}" for number, line in enumerate(lines, 1) if (problem := _problem(line))]
    if problems:
        raise BoxError(_listed(path, problems))
    return [line.decode() for line in lines]


def check_text(text: str) -> None:
    """Raise BoxError where SNS would refuse the text."""
    if not text:
        raise BoxError("an empty message cannot be published")
    if len(text.encode()) > MOST_BYTES:
        raise BoxError(_too_long(len(text.encode())))
    if problem := body_problem(text):
        raise BoxError(f"the message {problem}")


def batches(messages: list[str]) -> list[list[str]]:
    """Messages in order, in batches as large as SNS takes them."""
    made: list[list[str]] = []
    size_bytes = 0
    for message in messages:
        message_bytes = len(message.encode())
        if not made or len(made[-1]) == _BATCH_MOST or size_bytes + message_bytes > MOST_BYTES:
            made.append([])
            size_bytes = 0
        made[-1].append(message)
        size_bytes += message_bytes
    return made


def _problem(line: bytes) -> str:
    if not line.strip():
        return "is empty"
    if len(line) > MOST_BYTES:
        return _too_long(len(line))
    try:
        text = line.decode()
        json.loads(text)
    except UnicodeDecodeError:
        return "is not UTF-8 text"
    except ValueError as error:
        return f"is not JSON: {error}"
    except RecursionError:
        return "is nested too deeply"
    return body_problem(text)


def _too_long(size_bytes: int) -> str:
    return f"is {size_bytes:,} bytes long: SNS takes at most {MOST_BYTES:,}"


def _listed(path: Path, problems: list[str]) -> str:
    shown = "".join(f"\n  {problem}" for problem in problems[:_SHOWN_MOST])
    more = f"\n  and {len(problems) - _SHOWN_MOST:,} more" if len(problems) > _SHOWN_MOST else ""
    count = "1 bad line" if len(problems) == 1 else f"{len(problems):,} bad lines"
    return f"{path} has {count}, and nothing was published:{shown}{more}"
