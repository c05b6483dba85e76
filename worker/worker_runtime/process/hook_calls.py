"""The user's `@startup` and `@shutdown` functions, before the first message and after the last."""

from __future__ import annotations

import time
from collections.abc import Callable

from worker_runtime.errors import SettingsError
from worker_runtime.handling.hooks import Hooks
from worker_runtime.health import SILENT_SECONDS
from worker_runtime.process.first_call import answer_of
from worker_runtime.runners.runner import Runner
from worker_runtime.telemetry.error_text import traceback_of
from worker_runtime.telemetry.event_log import EventLog


class HookCalls:
    """Runs the hooks where handlers run, while the main thread goes on looking for signals."""

    def __init__(self, hooks: Hooks, runner: Runner, log: EventLog, *, error_texts: bool) -> None:
        self._hooks = hooks
        self._runner = runner
        self._log = log
        self._error_texts = error_texts

    def start(self, is_asked_to_leave: Callable[[str | None], bool]) -> bool | None:
        """Run what is to run first; tells whether it did, None where the worker is asked to leave meanwhile.

        `is_asked_to_leave` is told what is wrong with a start that takes long.
        """
        if not self._hooks:
            return True
        began_at = time.monotonic()

        def looked() -> bool:
            seconds = time.monotonic() - began_at
            return is_asked_to_leave(f"@startup has taken {seconds:.0f} seconds" if seconds >= SILENT_SECONDS else None)

        return answer_of(self._start, looked)

    def stop(self, seconds: float) -> bool:
        """Run what is to run last, `seconds` at most; tells whether all of it did."""
        if not self._hooks:
            return True
        ends_at = time.monotonic() + seconds
        stopped = answer_of(self._stop, lambda: time.monotonic() >= ends_at)
        if stopped is None:
            self._log.event("shutdown_failed", "ERROR", error=f"@shutdown has taken more than {seconds:.1f} seconds")
        return bool(stopped)

    def _start(self) -> bool:
        try:
            self._hooks.prove()
            self._hooks.start(self._runner.call_in_place)
        except SettingsError as error:
            self._log.event("startup_failed", "ERROR", error="; ".join(error.problems))
            return False
        except BaseException as error:  # whatever it is, the worker ends by it in order
            self._log.event("startup_failed", "ERROR", error=self._text(error))
            return False
        return True

    def _stop(self) -> bool:
        failed = list(self._hooks.stop(self._runner.call_in_place))
        for name, error in failed:
            self._log.event("shutdown_failed", "ERROR", hook=name, error=self._text(error))
        return not failed

    def _text(self, error: BaseException) -> str:
        return traceback_of(error, error_texts=self._error_texts)
