"""Clients of boto3 for what handlers use beside the queue: one for each service and region, made when it is needed."""

from __future__ import annotations

import os
import threading
from typing import Any

_clients: dict[tuple[str, str | None], Any] = {}
_lock = threading.Lock()
_CONNECT_SECONDS = 5
_ANSWER_SECONDS = 15
_TRIES = 5
_CONNECTIONS_MOST = 50


def aws_client(service: str, region: str | None = None) -> Any:
    """The client of a service, in the region of the worker's queue where none is named. Raises what boto3 raises."""
    key = service, region or os.environ.get("QUEUE_REGION")
    client = _clients.get(key)
    if client is None:
        with _lock:
            client = _clients[key] = _clients.get(key) or _make(*key)
    return client


def _make(service: str, region: str | None) -> Any:
    # For those who use it: most tests of handlers do without.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        max_pool_connections=_CONNECTIONS_MOST,
    )
    return boto3.Session().client(service, region_name=region, config=config)
