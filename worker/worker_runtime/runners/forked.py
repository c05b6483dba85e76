"""A handler may fork. Its child must end with the handler: it would go on as a second worker, on the first one's
connections and messages. And it must end when it is told to: a process pool ends its children by SIGTERM, of which the
worker's own handler would only take note."""

from __future__ import annotations

import os
import signal
import threading

_ENDING = (signal.SIGTERM, signal.SIGINT)
_is_child = False
_mask = threading.local()


def _hold_signals() -> None:
    """Until the child is itself: one that comes at once waits for that."""
    _mask.before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)


def _release_signals() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _mask.before)


def _begin_child() -> None:
    global _is_child
    _is_child = True
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)
    _release_signals()


os.register_at_fork(before=_hold_signals, after_in_parent=_release_signals, after_in_child=_begin_child)


def end_forked_child(error: BaseException | None) -> None:
    """End this process where a handler has forked it: with the code of its sys.exit, 1 where it raised, else 0."""
    if _is_child:
        code = error.code if isinstance(error, SystemExit) else int(error is not None)
        os._exit(code if isinstance(code, int) else int(code is not None))
