"""Run a program on the SDK's mocks as the first of its process."""

from __future__ import annotations

from typing import Any

from pulumi.runtime import mocks
from pulumi.runtime.rpc_manager import RPCManager
from pulumi.runtime.settings import SETTINGS


def set_fresh_mocks(*args: Any, **options: Any) -> None:
    """`mocks.set_mocks`, after which the program waits for nothing that was begun before it.

    The SDK's own leaves the sets of Outputs and calls that are not done, which all programs of a process share: what
    an earlier one left, or a module made when it was imported, belongs to an event loop that never runs again, and a
    wait for it has no end. Call it where the context is the program's own: settings are variables of the context.
    """
    # Settings are properties of the context, which pyright cannot see.
    SETTINGS.outputs = set()  # pyright: ignore[reportAttributeAccessIssue]
    SETTINGS.rpc_manager = RPCManager()  # pyright: ignore[reportAttributeAccessIssue]
    mocks.set_mocks(*args, **options)
