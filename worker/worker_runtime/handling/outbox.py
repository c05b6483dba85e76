"""The step that publishes what a handler has put into its outbox."""

from __future__ import annotations

from worker_runtime.handling.steps import Errors, Run, Step
from worker_runtime.message import Message
from worker_runtime.publishing.publish import Outbox


def outbox_of(message: Message) -> Outbox:
    """The outbox of the call that handles a message."""
    return message._outbox


def _run(messages: list[Message]) -> Run:
    outbox = Outbox()
    for message in messages:
        message._outbox = outbox
    errors: Errors = yield messages
    if not all(errors):
        try:
            outbox.send()
        except Exception as error:
            return [earlier or error for earlier in errors]
    return errors


OUTBOX = Step(_run, end_blocks=True)
