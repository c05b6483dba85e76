"""The credentials of this moment, without a call that waits for new ones while the old ones hold."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from typing import Any

from botocore.exceptions import NoCredentialsError
from botocore.session import Session

from worker_runtime.sqs.boto_transport import queue_error
from worker_runtime.sqs.signer import Keys
from worker_runtime.threads import start_thread

#: A refresh that brought nothing new is tried again this long after: calls ask far more often.
_PAUSE_SECONDS = 1.0


class CurrentKeys:
    """botocore finds them and refreshes them, from 15 minutes before they expire: an STS, an ECS agent or a program
    that hangs would hold up whichever call asks first, a heartbeat too. So a thread of its own asks."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._credentials: Any = None
        """botocore's; None before they were found."""
        self._latest: Keys | None = None
        self._lock = threading.Lock()
        self._refresh: Future[Keys] | None = None
        """The latest, which may be under way."""
        self._refreshed_at = 0.0

    def get(self, timeout_seconds: float) -> Keys:
        """The keys; waits only where there are none that hold. Raises QueueError."""
        if self._credentials is not None and not _ends_within(self._credentials, None):
            self._latest = _frozen(self._credentials)
            return self._latest
        refresh = self._begun_refresh()
        if self._latest is not None and not _ends_within(self._credentials, 0):
            return self._latest
        if not wait([refresh], timeout_seconds).done:
            raise queue_error(TimeoutError(f"no credentials came within {timeout_seconds:.1f} seconds"))
        try:
            return refresh.result()
        except Exception as error:  # a refresh asks STS, reads files, or runs a command
            raise queue_error(error) from error

    def _begun_refresh(self) -> Future[Keys]:
        """The refresh under way; a new one where that has ended, after a pause."""
        with self._lock:
            refresh = self._refresh
            is_new = refresh is not None and time.monotonic() - self._refreshed_at < _PAUSE_SECONDS
            if refresh is not None and (is_new or not refresh.done()):
                return refresh
            refresh = self._refresh = Future()
        if not start_thread(lambda: self._run(refresh), "credentials"):
            self._run(refresh)  # better late than without
        return refresh

    def _run(self, refresh: Future[Keys]) -> None:
        try:
            keys = self._fetched()
        except BaseException as error:  # it is raised where somebody waits for it
            self._refreshed_at = time.monotonic()
            refresh.set_exception(error)
        else:
            if _ends_within(self._credentials, None):  # botocore says nothing of one that failed before it had to
                self._refreshed_at = time.monotonic()
            refresh.set_result(keys)

    def _fetched(self) -> Keys:
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        self._latest = _frozen(credentials)
        self._credentials = credentials
        return self._latest


def _frozen(credentials: Any) -> Keys:
    frozen = credentials.get_frozen_credentials()
    return Keys(frozen.access_key, frozen.secret_key, frozen.token)


def _ends_within(credentials: Any, seconds: float | None) -> bool:
    """Tell whether they end within `seconds`, or (None) within the time in which botocore asks for new ones; keys of a
    user never end."""
    is_due = getattr(credentials, "refresh_needed", None)
    return is_due is not None and is_due(seconds)
