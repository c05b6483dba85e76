"""Handlers that treat their process badly, as the message's `rough` says; then the ledger's own handler goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.fault_handlers import handle as handle_by_plan
from worker_runtime import Message


def handle(message: Message) -> None:
    """Do what is rough at the first receive, and then as the plan says."""
    rough = json.loads(message.body).get("rough")
    if rough and message.receive_count == 1:
        _ROUGH[rough]()
    handle_by_plan(message)


def _recurse() -> None:
    _recurse()


def _interrupt() -> None:
    raise KeyboardInterrupt


def _close_all() -> None:
    """As code does that makes itself a daemon; the ledger's own descriptor is spared."""
    from tests.support.fault_handlers import _ledger  # noqa: PLC0415

    os.closerange(0, _ledger)
    os.closerange(_ledger + 1, 1_024)


def _leave_the_folder() -> None:
    folder = Path.cwd() / "gone"
    folder.mkdir()
    os.chdir(folder)
    shutil.rmtree(folder)


def _replace_the_streams() -> None:
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None  # type: ignore[assignment]


def _leave_threads() -> None:
    for _ in range(50):
        threading.Thread(target=time.sleep, args=(3_600,), daemon=True).start()
    threading.Thread(target=time.sleep, args=(3_600,), daemon=False).start()


def _ignore_signals() -> None:
    """As a library in C may."""
    code = "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\n"
    subprocess.run([sys.executable, "-c", code], check=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def _exec_in_a_child() -> None:
    child = os.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", "pass"])  # noqa: S606 - the very thing to survive
    os.waitpid(child, 0)


def _clear_the_environment() -> None:
    os.environ.clear()


_ROUGH: dict[str, Callable[[], None]] = {
    "recurse": _recurse,
    "interrupt": _interrupt,
    "close_all": _close_all,
    "leave_the_folder": _leave_the_folder,
    "replace_the_streams": _replace_the_streams,
    "leave_threads": _leave_threads,
    "ignore_signals": _ignore_signals,
    "exec_in_a_child": _exec_in_a_child,
    "clear_the_environment": _clear_the_environment,
}
