"""Wait until nothing of a program is to be resolved."""

from __future__ import annotations

import asyncio
from typing import Any

from pulumi.runtime.settings import SETTINGS


async def settled() -> None:
    """Wait until every Output of the program is resolved, or one failed: the SDK, which waits next, raises that.

    The SDK's own wait is for any one of all Outputs, again and again: the square of their number, seconds of a large
    program. Call it where the context is the program's own.
    """
    outputs: set[asyncio.Task[Any]] = SETTINGS.outputs  # pyright: ignore
    while pending := [output for output in list(outputs) if not output.done()]:
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(output.cancelled() or output.exception() for output in done):
            return
