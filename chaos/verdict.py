"""What a run's ledger says: what was lost, and what happened that no fault explains."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from chaos.schedule import FAILS_ALWAYS, Schedule
from tests.support.fault_proxy import Seen
from tests.support.ledger import Attempt, Ledger
from worker_runtime.process.drain import EXIT_DRAINED, EXIT_WORK_CUT

#: How a worker may leave; the last of them before its first instruction.
_LEFT = (EXIT_DRAINED, EXIT_WORK_CUT)
#: A receive whose answer a fault holds up may have taken messages for so long after it began.
_ANSWER_MOST_SECONDS = 8.0
#: Calls whose failure lets a message come again though it is done or being worked on.
_DECIDING = ("DeleteMessageBatch", "ChangeMessageVisibilityBatch", "ReceiveMessage")


class Curfew(NamedTuple):
    """All workers were asked to stop, and left."""

    asked_at: float
    left_at: float
    exit_codes: list[int]
    in_flight: int
    """Messages that were invisible still, when each that was given back had become visible."""


@dataclass
class Evidence:
    """What is known when a run is over."""

    ledger: Ledger
    sent: list[str]
    dead_lettered: list[str]
    queued: list[str]
    left_in_queue: int
    """Messages that were neither handled nor dead-lettered when time was over."""
    died_at: dict[str, float]
    """When workers ended: time.monotonic()."""
    faults: list[Seen]
    exit_codes: list[int]
    curfew: Curfew | None = None
    green_while_idle: list[str] = field(default_factory=list)
    """Workers that the health check found well when nothing had been handled for long, and messages waited."""


@dataclass
class Verdict:
    """One run, judged."""

    seed: int
    kind: str
    sent: int
    done: int
    dead_lettered: int
    duplicates: int
    seconds: float
    kills: int
    stops: int
    faults: int
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Everything else that must not be."""
    kept: str = ""
    """Where ledger and logs of a failed run are."""

    @property
    def failed(self) -> bool:
        """Something was lost or is wrong."""
        return bool(self.lost or self.wrong)


def judge(schedule: Schedule, evidence: Evidence, seconds: float) -> Verdict:
    """Compare what happened with what may happen."""
    ledger = evidence.ledger
    dead = set(evidence.dead_lettered)
    return Verdict(
        seed=schedule.seed,
        kind=schedule.kind,
        sent=len(evidence.sent),
        done=len(ledger.done),
        dead_lettered=len(dead),
        duplicates=sum(ledger.duplicates.values()),
        seconds=seconds,
        kills=sum(blow.signal == "SIGKILL" for blow in schedule.blows),
        stops=sum(blow.signal == "SIGTERM" for blow in schedule.blows),
        faults=len(evidence.faults),
        lost=sorted(ledger.lost(evidence.sent, dead, evidence.queued)),
        wrong=[
            *_undrained(evidence),
            *_held_after_leaving(schedule, evidence),
            *(f"{name} was green while it did nothing and messages waited" for name in evidence.green_while_idle),
            *_duplicates(evidence),
            *_overlaps(evidence),
            *_dead_letters(schedule, evidence),
            *(
                f"{second} ran before {first}"
                for first, second in ledger.out_of_order(schedule.groups, evidence.dead_lettered)
            ),
        ],
    )


def _undrained(evidence: Evidence) -> list[str]:
    wrong = [f"{evidence.left_in_queue} messages were never handled"] if evidence.left_in_queue else []
    return wrong + [f"a worker ended with exit code {code}" for code in evidence.exit_codes if code != 0]


def _held_after_leaving(schedule: Schedule, evidence: Evidence) -> list[str]:
    """Whoever leaves with exit code 0 holds nothing. What a receive took whose answer was lost, or a worker that was
    killed, stays invisible for one visibility timeout."""
    curfew = evidence.curfew
    if curfew is None:
        return []
    odd = [code for code in curfew.exit_codes if code not in _LEFT]
    wrong = [f"a worker left with exit code {code}" for code in odd]
    since = curfew.asked_at - schedule.visibility_seconds
    lost_answers = any(
        fault.operation == "ReceiveMessage" and fault.at >= since - _ANSWER_MOST_SECONDS for fault in evidence.faults
    )
    killed = any(since <= died_at < curfew.asked_at for died_at in evidence.died_at.values())
    if EXIT_WORK_CUT not in curfew.exit_codes and curfew.in_flight and not lost_answers and not killed:
        wrong.append(f"no worker told of anything held when all left, and {curfew.in_flight} messages were in flight")
    return wrong


def _duplicates(evidence: Evidence) -> list[str]:
    wrong = []
    for key in evidence.ledger.duplicates:
        first, second = [attempt for attempt in evidence.ledger.by_key[key] if attempt.done][:2]
        if not _is_explained(evidence, first, second):
            wrong.append(f"{key} was done twice although nothing failed in between")
    return wrong


def _overlaps(evidence: Evidence) -> list[str]:
    return [
        f"{first.key} ran twice at the same time although no lease could lapse"
        for first, second in evidence.ledger.overlaps(evidence.died_at)
        if not _is_explained(evidence, first, second)
    ]


def _is_explained(evidence: Evidence, first: Attempt, second: Attempt) -> bool:
    """The first one's worker ended, or a call that decides over messages failed, before the second began."""
    died_at = evidence.died_at.get(first.worker)
    if died_at is not None and first.started_at <= died_at <= second.started_at:
        return True
    return any(
        fault.operation in _DECIDING and first.started_at - 1 <= fault.at <= second.started_at
        for fault in evidence.faults
    )


def _dead_letters(schedule: Schedule, evidence: Evidence) -> list[str]:
    """Only what its handler refuses for good may be there, and only after it has said so."""
    plans = {message["key"]: message for message in [*schedule.messages, *schedule.besieged]}
    wrong = []
    for key in evidence.dead_lettered:
        tries = len(evidence.ledger.by_key.get(key, []))
        if not tries or not (plans[key].get("reject") or plans[key].get("fail") == FAILS_ALWAYS):
            wrong.append(f"{key} was dead-lettered after {tries} tries")
    return wrong
