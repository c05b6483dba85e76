"""`publish`: messages to the topic of a running box."""

from __future__ import annotations

import time
from pathlib import Path

from local.box_state import read_state
from local.errors import BoxError
from local.message_file import check_text, read_messages
from local.publish import publish
from local.screen import Screen
from local.service import choose_service


def run_publish(
    root: Path, service_name: str | None, text: str | None, file: Path | None, screen: Screen, group: str | None = None
) -> None:
    """Publish one text, or a file's messages."""
    if file is not None and text is None:
        messages = read_messages(file)
    elif text is not None and file is None:
        check_text(text)
        messages = [text]
    else:
        raise BoxError("give either a message (publish TEXT) or a file of messages (publish --file orders.jsonl)")
    state = read_state(root)
    topic_arn = choose_service(state.services, service_name).topic_arn
    started = time.monotonic()
    with screen.progress() as progress:
        bar = progress.add_task("published", total=len(messages))
        publish(state.aws(), topic_arn, messages, lambda count: progress.advance(bar, count), group)
    count = "1 message" if len(messages) == 1 else f"{len(messages):,} messages"
    screen.say(f"{count} published in {time.monotonic() - started:.1f} s.", "green")
