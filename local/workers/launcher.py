"""Runs one worker on a leash: a program of its own between the box and a worker, so that no worker outlives its box.

Started as `python launcher.py STOP_TIMEOUT_SECONDS COMMAND...` at the head of a session. Its standard input is the
leash: the line "stop" asks for a drain, as ECS stops a task (SIGTERM, and SIGKILL after the timeout); an end without
it means that the box was killed, and with it the queue that a drain would need.

It is run without the project's packages and must import the standard library alone.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

_ABANDONED_SECONDS = 2.0


def main() -> int:
    """Return the worker's exit code; 128 and the signal's number where a signal ended it."""
    worker = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)  # noqa: S603 - the box's own command
    sys.stdout.write(json.dumps({"launcher": os.getpid(), "pid": worker.pid}) + "\n")
    sys.stdout.flush()
    threading.Thread(target=_hold_leash, args=(worker, float(sys.argv[1])), daemon=True).start()
    exit_code = worker.wait()
    return exit_code if exit_code >= 0 else 128 - exit_code


def _hold_leash(worker: subprocess.Popen[bytes], stop_timeout_seconds: float) -> None:
    asked = sys.stdin.readline() == "stop\n"
    worker.terminate()
    time.sleep(stop_timeout_seconds if asked else _ABANDONED_SECONDS)
    # Still here: the worker did not stop. The session's group takes its children too, and this program.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
