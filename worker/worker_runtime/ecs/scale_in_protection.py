"""Asks ECS not to stop this task by scale-in or a deployment while handlers run.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from worker_runtime.settings import Settings
from worker_runtime.telemetry.event_log import EventLog

#: Protection that the worker could not end, because it was killed, ends by itself after this long.
_EXPIRES_MINUTES = 60
_RENEW_SECONDS = _EXPIRES_MINUTES * 60 / 2
_LOOK_SECONDS = 0.5
#: End protection only after this long without work: the agent is to hear of changes, not of each message.
IDLE_SECONDS = 10.0
_RETRY_SECONDS = 30.0
_CALL_SECONDS = 5.0
_ANSWER_MOST_BYTES = 65_536


@contextmanager
def protection_of(settings: Settings, is_busy: Callable[[], bool], log: EventLog) -> Iterator[None]:
    """Protect the task while it is busy, if the settings say so and there is an ECS agent to ask."""
    if not settings.scale_in_protection or settings.agent_uri is None:
        yield
        return
    protection = ScaleInProtection(settings.agent_uri, is_busy, log)
    protection.start()
    try:
        yield
    finally:
        protection.close(settings.agent_seconds)


class ScaleInProtection:
    """Turns scale-in protection on with the first handler, and off when none has run for a while."""

    def __init__(self, agent_uri: str, is_busy: Callable[[], bool], log: EventLog) -> None:
        self._url = f"{agent_uri}/task-protection/v1/state"
        self._is_busy = is_busy
        self._log = log
        self._closed = threading.Event()
        self._protected = False
        self._renew_at = 0.0
        self._quiet_until = 0.0
        self._busy_at = 0.0
        self._thread = threading.Thread(target=self._run, name="protection", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def close(self, timeout_seconds: float) -> None:
        """End protection: the worker has nothing left to do. An agent that does not answer is not waited for longer:
        the task stops anyway."""
        self._closed.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            self._look(time.monotonic())
        if self._protected:
            self._set(False)

    def _look(self, now: float) -> None:
        busy = self._is_busy()
        if busy:
            self._busy_at = now
        if now < self._quiet_until:
            return
        if busy and (not self._protected or now >= self._renew_at):
            self._set(True)
        elif self._protected and now - self._busy_at >= IDLE_SECONDS:
            self._set(False)

    def _set(self, protect: bool) -> None:
        """Tell the agent; its failure is logged, tried again later, and harms nothing."""
        state = {"ProtectionEnabled": protect, **({"ExpiresInMinutes": _EXPIRES_MINUTES} if protect else {})}
        failure = _put(self._url, state)
        now = time.monotonic()
        if failure:
            self._quiet_until = now + _RETRY_SECONDS
            self._log.event("protection_failed", "WARNING", protect=protect, error=failure)
        else:
            self._protected = protect
            self._renew_at = now + _RENEW_SECONDS


def _put(url: str, state: dict[str, Any]) -> str | None:
    """Tell the agent; returns what it refuses with, or None."""
    # A tenth of the start-up time, for something seldom used.
    import http.client  # noqa: PLC0415
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    request = urllib.request.Request(  # noqa: S310 - the address is the ECS agent's
        url, json.dumps(state).encode(), {"Content-Type": "application/json"}, method="PUT"
    )
    try:
        with urllib.request.urlopen(request, timeout=_CALL_SECONDS) as answer:  # noqa: S310
            return _refusal(answer.read(_ANSWER_MOST_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return _refusal(error.read(_ANSWER_MOST_BYTES)) or str(error)
    except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__


def _refusal(body: bytes) -> str | None:
    """What the agent's answer says went wrong: a failure has a reason, an error has a code and a message."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return f"not what the agent answers: {body[:200]!r}"
    said = document.get("error") or document.get("failure")
    if isinstance(said, dict):
        parts = (said.get("Code") or said.get("Reason"), said.get("Message") or said.get("Detail"))
        return ": ".join(str(part) for part in parts if part) or str(said)
    return str(said) if said else None
