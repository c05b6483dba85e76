"""The first call to SQS, which may hang for long: a signal ends the wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

_Answer = TypeVar("_Answer")

_LOOK_SECONDS = 0.2


def answer_of(call: Callable[[], _Answer], is_asked_to_leave: Callable[[], bool]) -> _Answer | None:
    """Return what the call returns, or raise what it raises; None where the worker is asked to leave first.

    The call goes on then, in a thread that nobody waits for.
    """
    future: Future[_Answer] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="first call", daemon=True).start()
    while not wait([future], _LOOK_SECONDS).done:
        if is_asked_to_leave():
            return None
    return future.result()
