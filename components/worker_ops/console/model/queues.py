"""The queues of a service: what sends to them, what lies in them, and what is dead."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from worker_ops.account import Account
from worker_ops.console.model.sources import sources_of
from worker_ops.places.place import Service, WorkQueue
from worker_ops.queues import queue_attributes, queue_counts


def sources_document(account: Account, service: Service) -> dict[str, list[dict[str, Any]]]:
    """Who sends to each queue, by the queue's name. It changes with a deployment alone."""
    return {
        queue.name: [asdict(source) for source in sources_of(account, queue_attributes(account, queue.url))]
        for queue in service.queues
    }


def queues_document(account: Account, service: Service) -> list[dict[str, Any]]:
    """What lies in each queue now."""
    return [_queue(account, queue) for queue in service.queues]


def _queue(account: Account, queue: WorkQueue) -> dict[str, Any]:
    dead_url = queue.dead_letter_queue_url
    return {
        "name": queue.name,
        "queue_name": queue.url.rpartition("/")[2],
        "is_fifo": queue.url.endswith(".fifo"),
        **asdict(queue_counts(account, queue.url)),
        "dead_letter_queue_name": dead_url.rpartition("/")[2] if dead_url else None,
        "dead_letters": asdict(queue_counts(account, dead_url)) if dead_url else None,
    }
