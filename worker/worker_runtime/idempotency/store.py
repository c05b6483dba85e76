"""Where `once` remembers: a Protocol of three methods, so that it may be a user's own database."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol


class Claim(NamedTuple):
    """What a store says to who wants to do something once."""

    state: Literal["mine", "taken", "done"]
    seconds: float = 0
    """For how long another one's lock holds, unless it is extended."""
    result: str | None = None
    """What was remembered with a key that is done."""


class OnceStore(Protocol):
    """Remembers by key what is under way, under a lock that expires, and what is done.

    Each method is atomic, and may be called by many threads and processes at a time. What it raises fails the message,
    which is tried again. A store may also have `check()`, which raises SettingsError where it is not set up: the worker
    does not start then; and `prove()`, which raises one where the database is not there or may not be written: the
    worker ends before its first receive.
    """

    def claim(self, key: str, owner: str, seconds: float) -> Claim:
        """Lock a key for `seconds`, unless it is done or under another owner's lock that holds: those are told. The
        owner of a lock extends it by another call."""
        ...

    def finish(self, key: str, owner: str, remember_seconds: float, result: str | None) -> bool:
        """Note that a key is done, and a text of 65,536 bytes at most with it, for `remember_seconds`; False, and
        nothing is noted, where it is no longer under this owner's lock."""
        ...

    def release(self, key: str, owner: str) -> None:
        """Give up a lock, where it is this owner's: others may try."""
        ...
