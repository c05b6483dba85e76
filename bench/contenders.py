"""Who is measured: how each consumer is started, and what its messages look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench import bodies, fetch
from bench.paths import CONSUMERS

_PYTHON_CONSUMERS = CONSUMERS / "python"


@dataclass(frozen=True)
class Contender:
    """One consumer."""

    name: str
    """What the command line calls it."""
    title: str
    """What tables and plots call it."""
    command: Callable[[int], list[str]]
    """Makes the command for a concurrency."""
    fetch: Callable[[], None]
    """Installs what it runs on."""
    environment: Mapping[str, str] = field(default_factory=dict)
    body: bodies.MakeBody = bodies.plain
    ours: bool = False
    slow: bool = False
    """Under a thousand messages a second: gets a fifth of the messages, so that its runs end."""
    concurrent: bool = True
    """Can run handlers side by side, so that a handler that takes time says something about it."""
    receivers: tuple[int, ...] = ()
    """How many receivers to try at each load; the best is measured. None where the consumer chooses by itself."""


def _worker(name: str, title: str, **environment: str) -> Contender:
    return Contender(
        name,
        title,
        command=lambda _: [str(fetch.WORKER_PYTHON), "-m", "worker_runtime"],
        environment={"WORKER_TRANSPORT": "wire", **environment},
        fetch=fetch.fetch_worker,
        ours=True,
    )


def _boto3_loop(batch: int) -> Contender:
    return Contender(
        f"boto3-{batch}",
        f"plain boto3 loop of {'one' if batch == 1 else 'ten'}",
        command=lambda _: [str(fetch.WORKER_PYTHON), str(_PYTHON_CONSUMERS / "boto3_loop.py")],
        environment={"BENCH_BATCH": str(batch)},
        fetch=fetch.fetch_worker,
        slow=batch == 1,
        concurrent=batch > 1,
        receivers=(1, 4, 10) if batch > 1 else (),
    )


def _http_loop(way: str, title: str) -> Contender:
    return Contender(
        f"http-{way}",
        title,
        command=lambda _: [str(fetch.WORKER_PYTHON), str(_PYTHON_CONSUMERS / "http_loop.py")],
        environment={"BENCH_HTTP": way},
        fetch=fetch.fetch_worker,
        concurrent=False,
    )


def _celery_command(concurrency: int) -> list[str]:
    pool = ["--pool", "threads", "--concurrency", str(concurrency)]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    return [str(fetch.PEERS_PYTHON), "-m", "celery", "--app", "celery_tasks", "worker", *pool, *quiet]


def _dramatiq_command(concurrency: int) -> list[str]:
    shape = ["--processes", "1", "--threads", str(concurrency)]
    return [str(fetch.PEERS_PYTHON), "-m", "dramatiq", "dramatiq_actors", *shape]


CONTENDERS = (
    _worker("worker", "our worker"),
    _worker("worker-async", "our worker, async handler", WORKER_HANDLER="worker_handler.handle_async"),
    _worker("worker-batch", "our worker, batch handler", WORKER_HANDLER="worker_handler.handle_batch"),
    _worker("worker-quiet", "our worker, no line a message", WORKER_LOG_LEVEL="WARNING"),
    _worker("worker-boto3", "our worker through boto3", WORKER_TRANSPORT="boto3"),
    _worker("worker-typed", "our worker, body of a dataclass", WORKER_HANDLER="worker_features.handle_typed"),
    _worker("worker-policy", "our worker, retry policy", WORKER_HANDLER="worker_features.handle_by_policy"),
    _worker("worker-once", "our worker, once by SQLite", WORKER_HANDLER="worker_features.handle_once"),
    _worker("worker-hooks", "our worker, hooks and a context", WORKER_HANDLER="worker_hooks.handle"),
    _worker("worker-outbox", "our worker, an outbox", WORKER_HANDLER="worker_features.handle_with_outbox"),
    _worker("worker-large", "our worker, large messages on", WORKER_LARGE_MESSAGES='{"bucket": "orders-large"}'),
    _worker("worker-breaker", "our worker, circuit breaker on", WORKER_CIRCUIT_BREAKER_PERCENT="50"),
    _worker("worker-cpu", "our worker, one process", WORKER_HANDLER="worker_handler.handle_counting"),
    _worker(
        "worker-cpu-2",
        "our worker, two processes",
        WORKER_HANDLER="worker_handler.handle_counting",
        WORKER_PROCESSES="2",
    ),
    _http_loop("wire", "the bare wire, one thread"),
    _http_loop("awscrt", "awscrt in its place, one thread"),
    _boto3_loop(1),
    _boto3_loop(10),
    Contender("celery", "Celery, tuned", _celery_command, body=bodies.celery, fetch=fetch.fetch_peers, slow=True),
    Contender("dramatiq", "dramatiq-sqs", _dramatiq_command, body=bodies.dramatiq, fetch=fetch.fetch_peers, slow=True),
    Contender(
        "sqs-workers",
        "sqs-workers",
        command=lambda _: [str(fetch.PEERS_PYTHON), str(_PYTHON_CONSUMERS / "sqs_workers_queue.py")],
        fetch=fetch.fetch_peers,
        concurrent=False,
    ),
    Contender(
        "fanferro",
        "fanferro (Rust core)",
        command=lambda _: [str(fetch.FANFERRO_PYTHON), str(_PYTHON_CONSUMERS / "fanferro_consumer.py")],
        fetch=fetch.fetch_fanferro,
        receivers=(1, 4, 10, 20, 50, 64),  # it permits no more
    ),
    Contender(
        "sqs-consumer",
        "sqs-consumer (Node)",
        command=lambda _: ["node", str(fetch.NODE / "consumer.mjs")],
        fetch=fetch.fetch_node,
        receivers=(1, 4, 10, 20, 50, 100),
    ),
    Contender(
        "go",
        "Go, aws-sdk-go-v2",
        command=lambda _: [str(fetch.GO_CONSUMER)],
        fetch=fetch.fetch_go,
        receivers=(1, 4, 10, 20, 50, 100),
    ),
)
BY_NAME = {contender.name: contender for contender in CONTENDERS}
