"""What people are told of a text that they typed and that could not be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from worker_ops.account import reason_of
from worker_ops.dead_letters.draft import Draft
from worker_ops.errors import OpsError, Unfinished
from worker_ops.options import Context


@contextmanager
def edit_in_editor(context: Context, letter_id: str) -> Iterator[Callable[[str], str]]:
    """An edit in the user's own editor. Where the block fails, what was typed stays in a file, and the error says
    where that is and how to send it."""
    draft = Draft()
    try:
        yield draft.edit
    except KeyboardInterrupt:
        if told := _kept(draft, letter_id):
            context.screen.say(told, "yellow")
        raise
    except (OpsError, ClientError) as error:
        if not (told := _kept(draft, letter_id)):
            raise
        told = f"{reason_of(error)}\n{told}"
        raise (OpsError(told) if isinstance(error, OpsError) else Unfinished(told)) from None
    except Unfinished:
        # The text was sent, and the original is left.
        draft.remove()
        raise
    draft.remove()


def _kept(draft: Draft, letter_id: str) -> str:
    """Empty where nothing was typed: then no file is left, either."""
    if not draft.is_typed:
        draft.remove()
        return ""
    return (
        f"what was typed is in {draft.path}; with the options of this command, this sends it:\n"
        f"  workers dead-letters edit {letter_id} --file {draft.path}"
    )
