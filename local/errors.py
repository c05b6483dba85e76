"""What the box tells a person who has to do something about it."""

from __future__ import annotations


class BoxError(Exception):
    """A problem that its reader can solve. The message says what is wrong and what to do; never a traceback."""
