"""The worker's settings: read from the environment, checked all at once, nowhere else read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from worker_runtime.errors import SettingsError
from worker_runtime.large_messages.setting import LargeMessages, read_large_messages
from worker_runtime.queue_settings import HANDLER_PATH, QueueSettings, is_queue_url, read_queues

#: Queue names: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_NUMBER_CHARACTERS = re.compile(r"[-+.0-9eE]+")
_YES_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_TRANSPORTS = ("wire", "boto3")
#: The most that Linux numbers processes to.
_PID_MOST = 4_194_304

_KNOWN = (
    "WORKER_HANDLER",
    "WORKER_QUEUES",
    "WORKER_CONCURRENCY",
    "WORKER_PROCESSES",
    "WORKER_BATCH_SIZE",
    "WORKER_HANDLER_TIMEOUT_SECONDS",
    "WORKER_BACKOFF_BASE_SECONDS",
    "WORKER_BACKOFF_CAP_SECONDS",
    "WORKER_STOP_TIMEOUT_SECONDS",
    "WORKER_SCALE_IN_PROTECTION",
    "WORKER_PUBLISH_DEMAND",
    "WORKER_DEMAND_PER_VISIBLE",
    "WORKER_DEMAND_PER_IN_FLIGHT",
    "WORKER_DEMAND_WINDOW_SECONDS",
    "WORKER_CIRCUIT_BREAKER_PERCENT",
    "WORKER_LARGE_MESSAGES",
    "WORKER_LOG_LEVEL",
    "WORKER_ERROR_TEXTS",
    "WORKER_HEALTH_DIRECTORY",
    "WORKER_TRANSPORT",
    "WORKER_SUPERVISOR_PID",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one worker runs with."""

    queue_name: str
    queue_uri: str
    """The queue's URL."""
    queue_region: str
    handler: str
    """Dotted path of the handler, `package.module.function`."""
    given_queues: tuple[QueueSettings, ...] = ()
    """What WORKER_QUEUES says."""
    concurrency: int = 10
    """Handlers at a time in one process, 1 to 1,000."""
    processes: int = 1
    """Processes, each with `concurrency` handlers, 1 to 64: more than one for CPU-bound handlers."""
    batch_size: int = 0
    """Messages that a batch handler takes at once, 1 to 1,000; 0: what `@batch` says."""
    handler_timeout_seconds: float = 3_600
    """A handler running longer has failed, 1 to 43,200 (SQS holds no message longer than 12 hours)."""
    backoff_base_seconds: float = 2
    """Longest wait before the second try; doubled for each one after it, 0 to 900."""
    backoff_cap_seconds: float = 300
    """Longest wait before any try, 0 to 43,200."""
    circuit_breaker_percent: int = 0
    """Where more of a queue's handlers fail within a minute, receives are slowed down, 0 to 99; 0: never."""
    large_messages: LargeMessages | None = None
    """Where bodies lie that are too large for a message; None: pointers are bodies like any other."""
    stop_timeout_seconds: float = 30
    """Time from SIGTERM to SIGKILL, 2 to 120 (Fargate's limit); ECS's own default is 30."""
    scale_in_protection: bool = False
    """Ask ECS not to stop this task while handlers run (where there is an ECS agent to ask)."""
    agent_uri: str | None = None
    """The ECS agent's address, which it puts into ECS_AGENT_URI."""
    publish_demand: bool = False
    """Publish every 10 seconds how many tasks the messages need (where task metadata tells the service)."""
    demand_per_visible: float = 0
    """Share of a task that a waiting message needs, 0 to 1,000,000."""
    demand_per_in_flight: float = 0
    """Share of a task that a message in flight needs, 0 to 1,000,000."""
    demand_window_seconds: int = 600
    """The highest demand of so long is published, 10 to 3,600."""
    metadata_uri: str | None = None
    """Address of the task's metadata, which ECS puts into ECS_CONTAINER_METADATA_URI_V4."""
    log_level: str = "INFO"
    error_texts: bool = True
    """Logs and dead letters tell what a handler's exception says, beside its type."""
    health_directory: str = "/tmp/worker-health"  # noqa: S108 - the only writable place in the container
    """Where each process keeps the file that `python -m worker_runtime.health` reads."""
    transport: str = "wire"
    """How requests reach SQS: `wire`, a kept connection of our own, or `boto3`, the reference."""
    supervisor_pid: int = 0
    """The process that started this one as one of several, and which this one is not to outlive; 0 where there is
    none."""

    @property
    def main_queue(self) -> QueueSettings:
        """The queue of the variables QUEUE_*, as far as they describe it."""
        return QueueSettings(
            uri=self.queue_uri,
            demand_per_visible=self.demand_per_visible,
            demand_per_in_flight=self.demand_per_in_flight,
            backoff_base_seconds=self.backoff_base_seconds,
            backoff_cap_seconds=self.backoff_cap_seconds,
        )

    @property
    def queues(self) -> tuple[QueueSettings, ...]:
        """Every queue, the main one first."""
        return self.given_queues or (self.main_queue,)

    @property
    def drain_seconds(self) -> float:
        """How long handlers may finish after SIGTERM: the stop timeout less what handing back and flushing
        take."""
        return self.stop_timeout_seconds - self._keep_seconds

    @property
    def late_seconds(self) -> float:
        """How long handing back and flushing may take after that."""
        return 0.5 * self._keep_seconds

    @property
    def agent_seconds(self) -> float:
        """How long the ECS agent may take, after that, to confirm that protection ends."""
        return 0.2 * self._keep_seconds

    @property
    def log_seconds(self) -> float:
        """How long the last lines of the log may take, at the very end."""
        return 0.2 * self._keep_seconds

    @property
    def until_last_hook_seconds(self) -> float:
        """When, after SIGTERM, the last `@shutdown` function has to be done: what follows it needs the rest."""
        return self.stop_timeout_seconds - self.agent_seconds - self.log_seconds

    @property
    def _keep_seconds(self) -> float:
        return min(10.0, self.stop_timeout_seconds / 3)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings. Raises SettingsError naming every problem."""
        read = _Reader(environment)
        settings = cls(
            queue_name=read.text(
                "QUEUE_NAME", _QUEUE_NAME, "a queue's name (1 to 80 letters, digits, - and _, and .fifo)"
            ),
            queue_uri=read.queue_uri(),
            queue_region=read.text("QUEUE_REGION", _REGION, "an AWS region such as eu-west-1"),
            handler=read.text("WORKER_HANDLER", HANDLER_PATH, "a dotted path such as package.module.function"),
            concurrency=read.integer("WORKER_CONCURRENCY", cls.concurrency, 1, 1_000),
            processes=read.integer("WORKER_PROCESSES", cls.processes, 1, 64),
            batch_size=read.integer("WORKER_BATCH_SIZE", cls.batch_size, 0, 1_000),
            handler_timeout_seconds=read.number(
                "WORKER_HANDLER_TIMEOUT_SECONDS", cls.handler_timeout_seconds, 1, 43_200
            ),
            backoff_base_seconds=read.number("WORKER_BACKOFF_BASE_SECONDS", cls.backoff_base_seconds, 0, 900),
            backoff_cap_seconds=read.number("WORKER_BACKOFF_CAP_SECONDS", cls.backoff_cap_seconds, 0, 43_200),
            circuit_breaker_percent=read.integer("WORKER_CIRCUIT_BREAKER_PERCENT", cls.circuit_breaker_percent, 0, 99),
            large_messages=read.large_messages(),
            stop_timeout_seconds=read.number("WORKER_STOP_TIMEOUT_SECONDS", cls.stop_timeout_seconds, 2, 120),
            scale_in_protection=read.yes_no("WORKER_SCALE_IN_PROTECTION", cls.scale_in_protection),
            agent_uri=environment.get("ECS_AGENT_URI") or None,
            publish_demand=read.yes_no("WORKER_PUBLISH_DEMAND", cls.publish_demand),
            demand_per_visible=read.number("WORKER_DEMAND_PER_VISIBLE", cls.demand_per_visible, 0, 1_000_000),
            demand_per_in_flight=read.number("WORKER_DEMAND_PER_IN_FLIGHT", cls.demand_per_in_flight, 0, 1_000_000),
            demand_window_seconds=read.integer("WORKER_DEMAND_WINDOW_SECONDS", cls.demand_window_seconds, 10, 3_600),
            metadata_uri=environment.get("ECS_CONTAINER_METADATA_URI_V4") or None,
            log_level=read.choice("WORKER_LOG_LEVEL", cls.log_level, _LOG_LEVELS),
            error_texts=read.yes_no("WORKER_ERROR_TEXTS", cls.error_texts),
            health_directory=environment.get("WORKER_HEALTH_DIRECTORY") or cls.health_directory,
            transport=read.choice("WORKER_TRANSPORT", cls.transport, _TRANSPORTS),
            supervisor_pid=read.integer("WORKER_SUPERVISOR_PID", cls.supervisor_pid, 0, _PID_MOST),
        )
        settings = replace(settings, given_queues=read.queues(settings.main_queue))
        read.look_for_typing_errors()
        if read.problems:
            raise SettingsError(read.problems)
        return settings


class _Reader:
    """Reads variables one by one and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def text(self, name: str, pattern: re.Pattern[str], allowed: str) -> str:
        value = self._environment.get(name, "")
        if not pattern.fullmatch(value):
            self._problem(name, value, allowed)
        return value

    def queue_uri(self) -> str:
        value = self._environment.get("QUEUE_URI", "")
        if not is_queue_url(value):
            self._problem("QUEUE_URI", value, "the queue's URL (https://sqs.REGION.amazonaws.com/ACCOUNT/NAME)")
        elif value.rpartition("/")[2] != self._environment.get("QUEUE_NAME", ""):
            self._problem("QUEUE_URI", value, "the URL of the queue that QUEUE_NAME names")
        return value

    def queues(self, main: QueueSettings) -> tuple[QueueSettings, ...]:
        text = self._environment.get("WORKER_QUEUES")
        if text is None:
            return ()
        queues, problems = read_queues(text, main)
        self.problems += problems
        return tuple(queues)

    def large_messages(self) -> LargeMessages | None:
        text = self._environment.get("WORKER_LARGE_MESSAGES")
        if text is None:
            return None
        setting, problems = read_large_messages(text)
        self.problems += problems
        return setting

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        return int(self._in_range(name, default, least, most, int, "a whole number"))

    def number(self, name: str, default: float, least: float, most: float) -> float:
        return self._in_range(name, default, least, most, float, "a number")

    def yes_no(self, name: str, default: bool) -> bool:
        value = self._environment.get(name, str(default))
        if value.lower() not in _YES_NO:
            self._problem(name, value, "true or false")
        return _YES_NO.get(value.lower(), default)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self._environment.get(name, default)
        if value not in allowed:
            self._problem(name, value, "one of " + ", ".join(allowed))
        return value

    def look_for_typing_errors(self) -> None:
        """Report a variable that differs by a slip from one of ours, and so would silently do nothing."""
        for name in sorted(self._environment):
            if name.startswith("WORKER_") and name not in _KNOWN:
                near = difflib.get_close_matches(name, _KNOWN, n=1, cutoff=0.9)
                if near:
                    self.problems.append(f"{name}: unknown; did you mean {near[0]}?")

    def _in_range(self, name: str, default: float, least: float, most: float, kind: type, noun: str) -> float:
        value = self._environment.get(name)
        if value is None:
            return default
        try:
            # Python would read 1_0, and the digits of every script.
            number = kind(value) if _NUMBER_CHARACTERS.fullmatch(value) else None
        except ValueError:
            number = None
        if number is None or not least <= number <= most:
            self._problem(name, value, f"{noun} from {least} to {most}")
            return default
        return number

    def _problem(self, name: str, value: str, allowed: str) -> None:
        said = f"{value!r} is not" if name in self._environment else "required,"
        self.problems.append(f"{name}: {said} {allowed}")
