"""Sends back what somebody makes of a dead letter's text; the original stays until SQS has taken that."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import ClientError

from worker_ops.account import reason_of
from worker_ops.dead_letters.held_letters import HeldLetters
from worker_ops.dead_letters.letter import Letter
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.dead_letters.selection import Selection, chosen_letters
from worker_ops.dead_letters.sending import send_back
from worker_ops.errors import OpsError, Unfinished
from worker_ops.messages.reading import body_problem

#: How long a letter is held at a time while somebody types.
_HELD_SECONDS = 120


def edit_letter(queue: DeadLetterQueue, letter_id: str, edit: Callable[[str], str]) -> str | None:
    """Send back what `edit` makes of the letter's text, and return its id; None where nothing was changed.

    Raises OpsError where there is no such letter, or `edit` does, or SQS would not take the text: then it stays as
    it is. Raises Unfinished where the new one is sent, and the original cannot be deleted.
    """
    sent_id = None
    try:
        with HeldLetters(queue) as held:
            letter = next(chosen_letters(held, Selection(ids=[letter_id])), None)
            if letter is not None:
                sent_id = _edited(queue, letter, held, edit)
    except (OpsError, ClientError) as error:
        if sent_id is None:
            raise
        raise Unfinished(f"{reason_of(error)}\nsent back as {sent_id}; other letters stay hidden a while") from None
    if letter is None:
        # All are released: what is in flight now is somebody else's.
        raise OpsError(held.looked.missing(letter_id, queue.name, queue.counts()))
    return sent_id


def _edited(queue: DeadLetterQueue, letter: Letter, held: HeldLetters, edit: Callable[[str], str]) -> str | None:
    with _kept(held, letter):
        text = edit(letter.text)
    if text == letter.text:
        return None
    _check(text)
    sent_id = send_back(queue, letter, _body(letter, text))
    try:
        held.delete(letter)
    except (OpsError, ClientError) as error:
        raise Unfinished(
            f"{reason_of(error)}\nsent back as {sent_id}, but the original is still there: "
            f"`workers dead-letters purge {letter.id}` deletes it"
        ) from None
    return sent_id


def _body(letter: Letter, text: str) -> str:
    """The text in the envelope that the letter came in, if it came in one: the worker takes it out again."""
    if letter.text == letter.body:
        return text
    return json.dumps({**json.loads(letter.body), "Message": text}, ensure_ascii=False)


def _check(text: str) -> None:
    problem = body_problem(text)
    if problem:
        raise OpsError(f"the message {problem}: the letter stays as it is")


@contextmanager
def _kept(held: HeldLetters, letter: Letter) -> Iterator[None]:
    """Hold the letter for as long as somebody types."""
    done = threading.Event()

    def hold() -> None:
        while True:
            # Without a network for a while: the next try may be in time.
            with suppress(OpsError, ClientError):
                held.keep_hidden(letter, _HELD_SECONDS)
            if done.wait(_HELD_SECONDS / 3):
                return

    thread = threading.Thread(target=hold, name="hold", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
