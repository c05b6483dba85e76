"""A handler may fork. Its child must end with the handler: it would go on as a second worker, on the first one's
connections and messages."""

from __future__ import annotations

import os

_is_child = False


def _note() -> None:
    global _is_child
    _is_child = True


os.register_at_fork(after_in_child=_note)


def end_forked_child(error: BaseException | None) -> None:
    """End this process where a handler has forked it: with the code of its sys.exit, 1 where it raised, else 0."""
    if _is_child:
        code = error.code if isinstance(error, SystemExit) else int(error is not None)
        os._exit(code if isinstance(code, int) else int(code is not None))
