"""Checks, at the start, that handlers take as many messages at a time as scaling counts on."""

from __future__ import annotations

from collections.abc import Mapping

from worker_runtime.handler import Handler


def scaling_warnings(handlers: Mapping[str, Handler], batch_size: int) -> list[str]:
    """One sentence for each queue, by its name, whose handler takes another number than WORKER_BATCH_SIZE (0: one)
    says, which the components count with."""
    counted = batch_size or 1
    return [
        f"the handler of {queue_name} takes {taken} at once, and scaling counts on {counted}: it starts "
        f"{'more' if taken > counted else 'fewer'} tasks than the messages need. Set batch_size to {taken} in the "
        "stack, which sets WORKER_BATCH_SIZE, or leave it out where handlers take one."
        for queue_name, handler in handlers.items()
        if (taken := handler.batch_size or 1) != counted
    ]
