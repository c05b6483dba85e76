"""What the commands tell a person who has to do something about it."""

from __future__ import annotations


class OpsError(Exception):
    """A problem that its reader can solve, told in a sentence: exit code 2, and nothing was half done."""


class UnreachableError(OpsError):
    """Nothing answers: it may be the network, and pass."""


class Unfinished(Exception):  # noqa: N818 - a fact about the work, not about the input
    """The command did a part of its work, and says which: exit code 1."""
