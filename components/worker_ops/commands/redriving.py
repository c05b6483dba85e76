"""The two ways of `workers dead-letters redrive`, and what people see of them."""

from __future__ import annotations

from botocore.exceptions import ClientError

from worker_ops.account import reason_of
from worker_ops.commands.cut_off import told_when_cut_off
from worker_ops.commands.letters_told import letters, tell_done, tell_rest
from worker_ops.dead_letters.move_task import MoveTask, held_back, start_move_task, watched
from worker_ops.dead_letters.queue import DeadLetterQueue
from worker_ops.dead_letters.redrive import redrive_chosen
from worker_ops.dead_letters.selection import Selection
from worker_ops.errors import OpsError, Unfinished
from worker_ops.options import Context
from worker_ops.outage import Outage

_GOES_ON = "SQS goes on moving the letters: `workers dead-letters redrive` watches again, with --cancel it stops"


def redrive_all(context: Context, queue: DeadLetterQueue, rate: int | None) -> None:
    """Move everything by SQS's own task, which goes on when nobody watches."""
    counts = queue.counts()
    if not counts.total:
        _done(context, 0)
        return
    if not start_move_task(queue, rate):
        context.screen.say("A redrive runs already, at the rate that it was started with: this shows it.", "yellow")
    task = _watched_to_its_end(context, queue, counts.visible)
    if task is None or task.status != "COMPLETED":
        status = f"{task.status}: {task.failure or 'no reason given'}" if task else "without a trace"
        raise Unfinished(f"the redrive ended {status}; {task.moved if task else 0} letters were moved")
    _done(context, task.moved)
    held = held_back(queue)
    if held:
        context.screen.say(held, "yellow")


def _watched_to_its_end(context: Context, queue: DeadLetterQueue, expected: int) -> MoveTask | None:
    task = None
    try:
        with context.screen.bar("moved", expected) as bar:
            for task in watched(queue, Outage()):
                bar.show(task.moved, task.to_move)
    except KeyboardInterrupt:
        raise Unfinished(_GOES_ON) from None
    except (OpsError, ClientError) as error:
        raise Unfinished(f"{reason_of(error)}\n{_GOES_ON}") from None
    return task


def redrive_some(context: Context, queue: DeadLetterQueue, chosen: Selection, rate: int | None) -> None:
    """Move the chosen letters one by one."""
    with (
        context.screen.bar("moved", queue.counts().visible) as bar,
        told_when_cut_off(context, bar, lambda done: f"{letters(done)} moved back to the queue; the rest stays."),
    ):
        redriven = redrive_chosen(queue, chosen, letters_a_second=rate, on_moved=bar.advance)
    if redriven.double:
        context.screen.say(
            f"{redriven.double} of them may be there twice: an earlier redrive was killed while it copied.",
            "yellow",
        )
    _done(context, redriven.count, looked_at=redriven.looked.looked_at, double=redriven.double)
    tell_rest(context, queue, chosen.ids, redriven)


def _done(context: Context, moved: int, **more: int) -> None:
    context.screen.document({"moved": moved, **more})
    tell_done(context, f"{letters(moved)} moved back to the queue.")
