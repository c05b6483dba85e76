"""The step that lets handlers read large bodies as any other, and has them deleted once they are handled."""

from __future__ import annotations

from worker_runtime.errors import Reject
from worker_runtime.handling.steps import Run, Step
from worker_runtime.large_messages.deletions import Deletions
from worker_runtime.large_messages.setting import LargeMessages
from worker_runtime.large_messages.stored_body import OWN_ATTRIBUTES, StoredBody, pointed_at, prove_readable
from worker_runtime.message import Message


def large_bodies(setting: LargeMessages) -> Step:
    """The step for messages whose bodies may lie in the bucket of the setting."""
    deletions = Deletions()

    def run(messages: list[Message]) -> Run:
        stored = [pointed_at(message.body) for message in messages]
        strange = {
            index: Reject(f"the body lies in the bucket {body.bucket}, and not in {setting.bucket}")
            for index, body in enumerate(stored)
            if body is not None and body.bucket != setting.bucket
        }
        for message, body in zip(messages, stored, strict=True):
            if body is not None:
                message.lies_at(body)
                message.attributes = {
                    name: value for name, value in message.attributes.items() if name not in OWN_ATTRIBUTES
                }
        given = [message for index, message in enumerate(messages) if index not in strange]
        of_given = iter((yield given))
        errors = [strange[index] if index in strange else next(of_given) for index in range(len(messages))]
        if setting.delete:
            _delete_handled(messages, stored, errors, deletions)
        return errors

    return Step(run, prove=lambda: prove_readable(setting.bucket))


def _delete_handled(
    messages: list[Message],
    stored: list[StoredBody | None],
    errors: list[BaseException | None],
    deletions: Deletions,
) -> None:
    for message, body, error in zip(messages, stored, errors, strict=True):
        # Whose lease is lost may be another worker's by now, which has yet to read it.
        if body is not None and error is None and not message.cancelled:
            deletions.add(body)
