"""What people are told of work that ended before it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from worker_ops.account import reason_of
from worker_ops.errors import OpsError, Unfinished
from worker_ops.options import Context
from worker_ops.screen import Bar


@contextmanager
def told_when_cut_off(context: Context, bar: Bar, what: Callable[[int], str]) -> Iterator[None]:
    """Have Ctrl-C, and a call that fails after others did their work, end with how far it came, as `what` says it."""
    try:
        yield
    except KeyboardInterrupt:
        context.screen.say(what(bar.done), "yellow")
        raise
    except (OpsError, ClientError) as error:
        if not bar.done:
            raise
        raise Unfinished(f"{reason_of(error)}\n{what(bar.done)}") from None
