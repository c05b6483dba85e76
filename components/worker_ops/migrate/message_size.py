"""How large a message the converted queues take: what the old ones did."""

from __future__ import annotations

from worker_ops.migrate.conversion import Conversion

#: What SQS gives a queue of which nobody says it, since August 2025; older queues took 256 KiB, and the component's do.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
_BYTES = 1_048_576


def accept_as_before(conversion: Conversion) -> None:
    """Neither Copilot's nor Proton's templates say a size, so that each queue gets SQS's own."""
    queues = {"main": {}, **conversion.args.get("queues", {})}
    conversion.args["queues"] = {name: {**queue, "max_message_size_bytes": _BYTES} for name, queue in queues.items()}
