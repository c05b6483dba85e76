"""Messages from the command line, from a file or from stdin, checked before the first one is sent."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from worker_ops.errors import OpsError

#: What a queue takes at most, with attributes: less where it says so.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
QUEUE_MOST_BYTES = 1_048_576
#: What a topic takes that does not raise it: https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
TOPIC_MOST_BYTES = 262_144
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
_ATTRIBUTES_MOST = 10
_ATTRIBUTE_NAME = re.compile(r"(?!(?i:aws|amazon)\.)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
#: What XML cannot carry: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_REFUSED = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHOWN_MOST = 20


def read_messages(text: str | None, file: Path | None) -> list[str]:
    """One text, or the lines of a file, or with `-` those of stdin. Raises OpsError naming every bad line."""
    if (text is None) == (file is None):
        raise OpsError(
            "give either a message (send TEXT), lines of stdin (send -), or a file of them (send --file FILE)"
        )
    if file is None and text != "-":
        lines, name = [str(text)], "the message"
    else:
        # Not splitlines, which breaks a message at characters that JSON has in its texts.
        lines = _content(file).replace("\r\n", "\n").removesuffix("\n").split("\n")
        lines, name = [] if lines == [""] else lines, str(file or "stdin")
    problems = [] if lines else [f"{name}: is empty"]
    problems += [
        f"{name}, line {number}: {problem}" for number, line in enumerate(lines, 1) if (problem := body_problem(line))
    ]
    if problems:
        more = [f"and {len(problems) - _SHOWN_MOST:,} more"] if len(problems) > _SHOWN_MOST else []
        raise OpsError("\n".join([*problems[:_SHOWN_MOST], *more, "nothing was sent"]))
    return lines


def read_attributes(given: Sequence[str]) -> dict[str, dict[str, str]]:
    """Attributes typed as NAME=VALUE. Raises OpsError naming every one that SQS would refuse."""
    problems: list[str] = []
    attributes: dict[str, dict[str, str]] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not value or not _ATTRIBUTE_NAME.fullmatch(name) or _REFUSED.search(value):
            problems.append(f"--attribute: {text!r} is not NAME=VALUE with a name of letters, digits, - _ and .")
        elif name in attributes:
            problems.append(f"--attribute: {name} is given twice")
        attributes[name] = {"DataType": "String", "StringValue": value}
    if len(attributes) > _ATTRIBUTES_MOST:
        problems.append(f"--attribute: {len(attributes)} are more than the {_ATTRIBUTES_MOST} that a message takes")
    if problems:
        raise OpsError("\n".join(problems))
    return attributes


def size_bytes(body: str, attributes: dict[str, dict[str, str]]) -> int:
    """A message's size as AWS counts it."""
    parts = [part for name, value in attributes.items() for part in (name, value["DataType"], value["StringValue"])]
    return sum(len(part.encode()) for part in (body, *parts))


def _content(file: Path | None) -> str:
    try:
        content = sys.stdin.buffer.read() if file is None else file.read_bytes()
        return content.removeprefix(b"\xef\xbb\xbf").decode()
    except OSError as error:
        raise OpsError(f"{file or 'stdin'} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OpsError(f"{file or 'stdin'} is not UTF-8 text") from None


def body_problem(line: str) -> str:
    """Why AWS would refuse the body; empty where it takes it."""
    if not line:
        return "is empty, which AWS does not take"
    size = len(line.encode(errors="surrogatepass"))
    if size > QUEUE_MOST_BYTES:
        return f"has {size:,} bytes, and AWS takes {QUEUE_MOST_BYTES:,}"
    refused = _REFUSED.search(line)
    return f"holds {json.dumps(refused[0])}, which AWS does not take" if refused else ""
