"""Sends back what somebody makes of a dead letter's text; the original stays until SQS has taken that."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from botocore.exceptions import ClientError

from worker_ops.child import run_child
from worker_ops.dead_letters.held_letters import HeldLetters
from worker_ops.dead_letters.letter import Letter
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.dead_letters.selection import Selection, chosen_letters
from worker_ops.dead_letters.sending import send_back
from worker_ops.errors import OpsError
from worker_ops.messages.reading import body_problem

#: How long a letter is held at a time while somebody types.
_HELD_SECONDS = 120


def edit_letter(queue: DeadLetterQueue, letter_id: str, edit: Callable[[str], str]) -> str | None:
    """Send back what `edit` makes of the letter's text, and return its id; None where nothing was changed.

    Raises OpsError where there is no such letter, or `edit` does, or SQS would not take the text: then it stays as
    it is.
    """
    only = Selection(ids=[letter_id])
    with HeldLetters(queue) as held:
        letter = next(chosen_letters(held, only), None)
        if letter is not None:
            return _edited(queue, letter, held, edit)
    # All are released: what is in flight now is somebody else's.
    raise OpsError(held.looked.missing(letter_id, queue.name, queue.counts()))


def _edited(queue: DeadLetterQueue, letter: Letter, held: HeldLetters, edit: Callable[[str], str]) -> str | None:
    with _kept(held, letter):
        text = edit(letter.text)
    if text == letter.text:
        return None
    _check(text)
    sent_id = send_back(queue, letter, _body(letter, text))
    held.delete(letter)
    return sent_id


def _body(letter: Letter, text: str) -> str:
    """The text in the envelope that the letter came in, if it came in one: the worker takes it out again."""
    if letter.text == letter.body:
        return text
    return json.dumps({**json.loads(letter.body), "Message": text}, ensure_ascii=False)


def in_editor(text: str) -> str:
    """What the user's own editor makes of the text. Raises OpsError where it fails."""
    editor = _editor()
    try:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "letter.json"
            # Bytes: whatever ends the text's lines stays so.
            path.write_bytes(text.encode(errors="surrogatepass"))
            code = _run(editor, path)
            edited = path.read_bytes().decode(errors="surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        raise OpsError(f"the editor's file cannot be written or read ({error}): the letter stays as it is") from None
    if code:
        raise OpsError(f"the editor ended with {code}: the letter stays as it is")
    # Editors end a file with a line's end, which was not there.
    return edited if text.endswith("\n") else edited.removesuffix("\n")


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        command = shlex.split(named)
    except ValueError:
        command = []
    if not command:
        raise OpsError(f"EDITOR: {named!r} is not a command")
    return command


def _run(editor: list[str], path: Path) -> int:
    try:
        return run_child([*editor, str(path)])
    except OSError as error:
        raise OpsError(f"the editor {editor[0]} cannot be run ({error.strerror}): name one with EDITOR") from None


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
