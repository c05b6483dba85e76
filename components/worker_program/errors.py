"""What is wrong with a program or a stack's file."""

from __future__ import annotations


class ProgramError(Exception):
    """A problem that its reader can solve. The message says what is wrong and what to do; never a traceback."""
