"""Work on a queue that takes a while: it goes on when whoever asked for it is gone, and says how far it is."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from botocore.exceptions import ClientError

from worker_ops.account import reason_of
from worker_ops.errors import OpsError, Unfinished

_LOOK_SECONDS = 0.1
#: What is stopped ends with the letter that it is at, or with the poll that it waits for.
_STOPPING_SECONDS = 30


class Work:
    """One piece of work, in a thread of its own."""

    def __init__(self, run: Callable[[Work], dict[str, Any]]) -> None:
        """`run` is given this, to tell how far it is, and returns the result as JSON."""
        self.done = 0
        self.total: int | None = None
        self._note = ""
        self._end: dict[str, Any] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(run,), name="work", daemon=True)
        self._thread.start()

    @property
    def runs(self) -> bool:
        """Whether it still does something."""
        return self._thread.is_alive()

    @property
    def is_stopped(self) -> bool:
        """Whether it was asked to end."""
        return self._stopped.is_set()

    def advance(self, count: int = 1) -> None:
        """So many more are done. Raises Unfinished where it was asked to stop."""
        self.done += count
        if self.is_stopped:
            raise Unfinished(f"stopped after {self.done:,}")

    def tell(self, note: str) -> None:
        """Say what whoever waits should know meanwhile."""
        self._note = note

    def stop(self) -> None:
        """Ask it to end at the next step."""
        self._stopped.set()

    def wait(self) -> None:
        """Return when it has ended, or will not in time."""
        self._thread.join(_STOPPING_SECONDS)

    async def events(self) -> AsyncIterator[str]:
        """How far it is, and at last its result or its problem, as server-sent events."""
        told: dict[str, Any] = {}
        while self.runs:
            now = {"done": self.done, "total": self.total, "note": self._note}
            if now != told:
                told = now
                yield _event(told)
            await asyncio.sleep(_LOOK_SECONDS)
        yield _event(self._end)

    def _run(self, run: Callable[[Work], dict[str, Any]]) -> None:
        try:
            self._end = {"result": run(self)}
        except Unfinished as error:
            self._end = {"problem": str(error)}
        except (OpsError, ClientError) as error:
            self._end = {"problem": self._with_done(reason_of(error))}
        except Exception as error:  # whoever waits has to be told of a fault of ours, too
            self._end = {"problem": self._with_done(f"{type(error).__name__}: {error}")}

    def _with_done(self, problem: str) -> str:
        return f"{problem} (after {self.done:,})" if self.done else problem


class Works:
    """What is being done, one piece a queue: two at once would hold each other's letters."""

    def __init__(self) -> None:
        self._works: dict[str, Work] = {}
        self._lock = threading.Lock()

    def start(self, key: str, run: Callable[[Work], dict[str, Any]]) -> Work:
        """Start a piece of work. Raises OpsError while another one has the same key."""
        with self._lock:
            before = self._works.get(key)
            if before is not None and before.runs:
                raise OpsError(f"something is being done with {key} just now: wait for its end, or stop it")
            self._works[key] = Work(run)
            return self._works[key]

    def stop(self, key: str) -> bool:
        """Ask what runs under the key to end; returns whether something does."""
        work = self._works.get(key)
        if work is None or not work.runs:
            return False
        work.stop()
        return True

    def end(self) -> None:
        """Stop everything, and wait: what is held is released."""
        for work in self._works.values():
            work.stop()
        for work in self._works.values():
            work.wait()


def _event(told: dict[str, Any]) -> str:
    return f"data: {json.dumps(told)}\n\n"
