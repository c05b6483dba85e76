"""What a database is asked for when every task runs, against what the user says that it takes."""

from collections.abc import Mapping
from typing import Any


def connections_warning(args: Mapping[str, Any], *, most_tasks: int) -> str | None:
    """A sentence where the handlers of `most_tasks` tasks, the most that max_count or a schedule allows, are more than
    max_connections; None where they fit, or nobody has given it."""
    limit, concurrency, processes = args.get("max_connections"), args["concurrency"], args["processes"]
    connections = most_tasks * concurrency * processes
    if limit is None or connections <= limit:
        return None
    return (
        f"max_connections: {most_tasks} tasks of {processes} processes with {concurrency} handlers each may open"
        f" {connections} connections, and {limit} are allowed; lower max_count, concurrency or processes"
    )
