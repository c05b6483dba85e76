"""`workers dead-letters`: look at dead letters, save them, send them back, edit one, delete them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from worker_ops.commands.cut_off import told_when_cut_off
from worker_ops.commands.editing import edit_in_editor
from worker_ops.commands.letters_told import letters, tell_done, tell_rest, tell_unseen
from worker_ops.commands.redriving import redrive_all, redrive_some
from worker_ops.dead_letters.draft import edited_text
from worker_ops.dead_letters.edit import edit_letter
from worker_ops.dead_letters.held_letters import LOOKED_AT_MOST, HeldLetters
from worker_ops.dead_letters.letter import Letter
from worker_ops.dead_letters.move_task import MOST_A_SECOND, cancel_move_task
from worker_ops.dead_letters.purge import purge_chosen, save_chosen
from worker_ops.dead_letters.queue import dead_letter_queue
from worker_ops.dead_letters.selection import Selection, chosen_letters
from worker_ops.errors import OpsError, Unfinished
from worker_ops.options import Context, command
from worker_ops.screen import Bar, confirmed, shortened

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Work on what the worker, or SQS, has given up.")

_SHOWN_CHARACTERS = 60

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of letters; without any, all that the options mean.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("list")
@command("dead-letters list")
def list_letters(
    context: Context,
    chosen: Selection,
    by: Annotated[str | None, typer.Option(metavar="reason", help="Group them: by reason.")] = None,
    most: Annotated[int, typer.Option(min=1, max=LOOKED_AT_MOST, help="So many at most.")] = 1_000,
) -> None:
    """List dead letters with their reasons. They stay, and are hidden from others while they are read.

    Example: workers dead-letters list --by reason
    """
    if by not in (None, "reason"):
        raise OpsError(f"--by: {by!r} is not reason")
    queue = dead_letter_queue(context.place.account, context.queue)
    with HeldLetters(queue) as held, context.screen.bar("read", held.waiting) as bar:
        found = chosen_letters(_counted(held, bar), chosen)
        # Counted one by one: the letters themselves may be more than memory holds.
        reasons = Counter((letter.reason, letter.error_type) for letter in found) if by else None
        listed = [] if by else list(islice(found, most + 1))
    left = queue.counts()
    if reasons is not None:
        _show_by_reason(context, reasons)
    else:
        _show_each(context, listed[:most])
    if not context.screen.as_json:
        shown = min(len(listed), most) if reasons is None else reasons.total()
        context.screen.say(f"{letters(shown)} of about {left.total:,} in {queue.name}.")
    if held.looked.is_cut_short:
        told = f"Only {held.looked.looked_at:,} letters were looked at, the most that are held at a time."
        context.screen.say(told, "yellow")
    elif len(listed) > most:
        context.screen.say(f"Only {most:,} are shown: --most shows more, up to {LOOKED_AT_MOST:,}.", "yellow")
    tell_unseen(context, queue, left, held.looked.left)


@app.command("show")
@command("dead-letters show")
def show(context: Context, letter_id: Annotated[str, typer.Argument(metavar="ID", help="The letter's id.")]) -> None:
    """Show one letter whole.

    Example: workers dead-letters show 3f0c0a52-0000-0000-0000-000000000000
    """
    queue = dead_letter_queue(context.place.account, context.queue)
    with HeldLetters(queue) as held, context.screen.bar("read", held.waiting) as bar:
        letter = next(chosen_letters(_counted(held, bar), Selection(ids=[letter_id])), None)
    if letter is None:
        raise OpsError(held.looked.missing(letter_id, queue.name, queue.counts()))
    context.screen.document(letter.document())
    if not context.screen.as_json:
        rows = [(name, str(value)) for name, value in letter.document().items() if name not in ("body", "attributes")]
        rows += [(f"attribute {name}", value) for name, value in letter.document()["attributes"].items()]
        context.screen.table(["", ""], rows)
        context.screen.say(letter.text)


@app.command("save")
@command("dead-letters save")
def save(
    context: Context,
    chosen: Selection,
    file: Annotated[Path, typer.Argument(help="A new file: JSON Lines, whole messages with all attributes.")],
) -> None:
    """Save letters to a file, and leave them where they are.

    Example: workers dead-letters save letters.jsonl --reason timeout
    """
    queue = dead_letter_queue(context.place.account, context.queue)
    with (
        context.screen.bar("saved", queue.counts().visible) as bar,
        told_when_cut_off(context, bar, lambda done: f"{letters(done)} saved in {file}; the rest is not."),
    ):
        saved = save_chosen(queue, chosen, file, bar.advance)
    context.screen.document({"saved": saved.count, "file": str(file) if saved.count else None})
    done = f"{letters(saved.count)} saved in {file}; they are in the queue still."
    tell_done(context, done if saved.count else "No letter fits: nothing was saved.")
    tell_rest(context, queue, chosen.ids, saved)


@app.command("redrive")
@command("dead-letters redrive")
def redrive(
    context: Context,
    chosen: Selection,
    ids: Ids = None,  # noqa: ARG001 - a part of the selection
    rate: Annotated[int | None, typer.Option(min=1, max=MOST_A_SECOND, help="Letters a second.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Stop the running redrive of all.")] = False,
) -> None:
    """Send letters back to their queue: all by SQS's own task, or the chosen ones, each copied and then deleted.

    Example: workers dead-letters redrive --reason timeout --rate 50
    """
    queue = dead_letter_queue(context.place.account, context.queue)
    if cancel:
        task = cancel_move_task(queue)
        context.screen.document({"moved": task.moved})
        tell_done(context, f"The redrive stops: {letters(task.moved)} moved. The next `redrive` moves the rest.")
    elif chosen.is_everything:
        redrive_all(context, queue, rate)
    else:
        redrive_some(context, queue, chosen, rate)


@app.command("edit")
@command("dead-letters edit")
def edit(
    context: Context,
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The letter's id.")],
    file: Annotated[Path | None, typer.Option(help="A file with the new body, in place of the editor.")] = None,
) -> None:
    """Open a letter's body in your editor (EDITOR) and send it back; the original stays until that is accepted.

    Example: workers dead-letters edit 3f0c0a52-0000-0000-0000-000000000000
    """
    queue = dead_letter_queue(context.place.account, context.queue)
    if file is not None:
        sent_id = edit_letter(queue, letter_id, lambda before: edited_text(file, before))
    else:
        with edit_in_editor(context, letter_id) as edit_text:
            sent_id = edit_letter(queue, letter_id, edit_text)
    context.screen.document({"sent": sent_id})
    sent = f"Sent back as {sent_id}." if sent_id else "Nothing was changed, and nothing sent: the letter stays."
    tell_done(context, sent)


@app.command("purge")
@command("dead-letters purge")
def purge(
    context: Context,
    chosen: Selection,
    ids: Ids = None,  # noqa: ARG001 - a part of the selection
    save_to: Annotated[
        Path | None, typer.Option("--save", help="Where they are saved first; by itself a new file in this folder.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Delete letters for good, after each was saved to a file. It names the count and asks.

    Example: workers dead-letters purge --older-than 7d --save old.jsonl
    """
    queue = dead_letter_queue(context.place.account, context.queue)
    path = save_to or Path(f"{queue.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl")
    count = queue.counts().visible
    which = f"all of about {count:,} letters" if chosen.is_everything else f"those of about {count:,} letters that fit"
    if not yes and not confirmed(f"Delete {which} in {queue.name}, saved to {path} first?"):
        raise Unfinished("nothing was deleted")
    with (
        context.screen.bar("deleted", count) as bar,
        told_when_cut_off(context, bar, lambda done: f"{letters(done)} deleted; they are in {path}."),
    ):
        purged = purge_chosen(queue, chosen, path, bar.advance)
    context.screen.document({"purged": purged.count, "file": str(path) if purged.count else None})
    done = f"{letters(purged.count)} deleted; they are in {path}."
    tell_done(context, done if purged.count else "No letter fits: nothing was deleted.")
    tell_rest(context, queue, chosen.ids, purged)


def _counted(held: Iterable[Letter], bar: Bar) -> Iterator[Letter]:
    for letter in held:
        bar.advance()
        yield letter


def _show_each(context: Context, listed: list[Letter]) -> None:
    context.screen.document([letter.document() for letter in listed])
    if listed and not context.screen.as_json:
        context.screen.table(
            ["id", "reason", "error", "tries", "sent", "task", "topic", "body"],
            [
                (
                    letter.id,
                    shortened(letter.reason, _SHOWN_CHARACTERS),
                    letter.error_type,
                    str(letter.tries or ""),
                    f"{letter.sent_at:%Y-%m-%d %H:%M:%S}",
                    letter.task,
                    letter.topic.rpartition(":")[2],
                    shortened(letter.text, _SHOWN_CHARACTERS),
                )
                for letter in listed
            ],
        )


def _show_by_reason(context: Context, counts: Counter[tuple[str, str]]) -> None:
    rows = [(count, error_type, reason) for (reason, error_type), count in counts.most_common()]
    context.screen.document(
        [{"reason": reason, "error_type": error_type, "letters": count} for count, error_type, reason in rows]
    )
    if rows and not context.screen.as_json:
        shown = [(f"{count:,}", error_type, reason) for count, error_type, reason in rows]
        context.screen.table(["letters", "error", "reason"], shown)
