"""`workers scale`, `rollback`, `pause` and `resume`: what they refuse, and what a cut-off one leaves and says."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support import told_place
from tests.support.told_account import ToldAccount, refusal
from worker_ops import options
from worker_ops.cli import app
from worker_ops.errors import OpsError

PAUSED_BY = ("register_scalable_target", "disable_alarm_actions", "update_service")
RESUMED_BY = ("update_service", "register_scalable_target", "enable_alarm_actions")
DENIED = OpsError("denied: a right on something")


class Running:
    """A service that can be paused, and what of it is."""

    def __init__(self, desired: int = 3) -> None:
        self.desired = desired
        self.is_suspended = False
        self.has_alarms = True
        self.account: ToldAccount = told_place.account(
            describe_services=lambda _asked: {
                "services": [{"desiredCount": self.desired, "taskDefinition": "arn/orders:4"}]
            },
            describe_scalable_targets={"ScalableTargets": [{"MinCapacity": 2, "MaxCapacity": 9}]},
            list_task_definitions={"taskDefinitionArns": [f"arn/{name}" for name in ("orders:2", "orders:4", "o:1")]},
            register_scalable_target=self._registered,
            disable_alarm_actions=lambda _asked: self._alarms(on=False),
            enable_alarm_actions=lambda _asked: self._alarms(on=True),
            update_service=self._updated,
        )

    def run(self, *words: str) -> Result:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(options, "choose_place", lambda _where: told_place.place(self.account))
            return CliRunner().invoke(app, list(words))

    @property
    def state(self) -> tuple[int, bool, bool]:
        return self.desired, self.is_suspended, self.has_alarms

    def _registered(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.is_suspended = asked["SuspendedState"]["ScheduledScalingSuspended"]
        return {}

    def _alarms(self, *, on: bool) -> dict[str, Any]:
        self.has_alarms = on
        return {}

    def _updated(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.desired = asked["desiredCount"]
        return {}


def fails_by(failure: BaseException) -> Any:
    def answer(_asked: dict[str, Any]) -> Any:
        raise failure

    return answer


def test_a_paused_service_resumes_within_its_bounds() -> None:
    running = Running(desired=7)

    assert running.run("pause").exit_code == 0
    assert running.state == (0, True, False)
    assert running.run("resume").exit_code == 0
    assert running.state == (2, False, True)


def test_a_service_that_was_never_paused_keeps_its_tasks() -> None:
    running = Running(desired=7)

    assert running.run("resume").exit_code == 0
    assert running.state == (7, False, True)


@pytest.mark.parametrize("failure", [DENIED, refusal("ServerException", "x", 500), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("operation", PAUSED_BY)
def test_a_pause_that_is_cut_off_is_said_and_undone_by_resume(operation: str, failure: BaseException) -> None:
    running = Running(desired=7)
    works = running.account.answers[operation]
    running.account.answers[operation] = fails_by(failure)

    done = running.run("pause")

    step = PAUSED_BY.index(operation)
    assert running.state == (7, step > 0, step < 2)
    assert ("`workers resume` undoes it" in done.output) == (step > 0)
    assert done.exit_code == (130 if isinstance(failure, KeyboardInterrupt) else _code(failure, step))

    running.account.answers[operation] = works
    assert running.run("resume").exit_code == 0
    assert running.state == (7, False, True)


@pytest.mark.parametrize("operation", PAUSED_BY[1:])
def test_a_pause_that_was_cut_off_is_done_by_the_next_one(operation: str) -> None:
    running = Running(desired=7)
    works = running.account.answers[operation]
    running.account.answers[operation] = fails_by(KeyboardInterrupt())
    running.run("pause")
    running.account.answers[operation] = works

    assert running.run("pause").exit_code == 0
    assert running.state == (0, True, False)


@pytest.mark.parametrize("operation", RESUMED_BY)
def test_a_resume_that_is_cut_off_is_said_and_done_by_the_next_one(operation: str) -> None:
    running = Running(desired=7)
    running.run("pause")
    works = running.account.answers[operation]
    running.account.answers[operation] = fails_by(DENIED)

    done = running.run("resume")

    step = RESUMED_BY.index(operation)
    assert done.exit_code == _code(DENIED, step)
    assert ("`workers resume` again does the rest" in done.output) == (step > 0)

    running.account.answers[operation] = works
    assert running.run("resume").exit_code == 0
    assert running.state == (2, False, True)


def _code(failure: BaseException, step: int) -> int:
    """Bad input where nothing was done before; unfinished where something was."""
    return 2 if isinstance(failure, OpsError) and step == 0 else 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["3", "2"], "MIN: 3 is more than MAX, 2"),
        (["--", "-1", "2"], "Invalid value for 'MIN'"),
        (["0", "5001"], "Invalid value for 'MAX'"),
        (["two", "3"], "Invalid value for 'MIN'"),
        (["1", "1.5"], "Invalid value for 'MAX'"),
        (["", "3"], "Invalid value for 'MIN'"),
        (["1"], "Missing argument 'MAX'"),
    ],
    ids=" ".join,
)
def test_bounds_that_are_none_change_nothing(words: list[str], said: str) -> None:
    running = Running()

    done = running.run("scale", *words)

    assert (done.exit_code, running.account.asked) == (2, [])
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9"], "REVISION: 9 cannot be deployed; orders:4 runs, others are: 2"),
        (["1"], "REVISION: 1 cannot be deployed; orders:4 runs, others are: 2"),
        (["4"], "REVISION: 4 cannot be deployed; orders:4 runs, others are: 2"),
        (["0"], "greater than or equal to 1"),
        (["x"], "Invalid value for"),
    ],
    ids=" ".join,
)
def test_a_revision_that_is_gone_or_runs_is_not_deployed(words: list[str], said: str) -> None:
    running = Running()

    done = running.run("rollback", *words)

    assert (done.exit_code, running.account.times("update_service")) == (2, 0)
    assert said in done.stderr


def test_without_an_earlier_revision_nothing_is_deployed() -> None:
    running = Running()
    running.account.answers["list_task_definitions"] = {"taskDefinitionArns": ["arn/orders:4"]}

    done = running.run("rollback")

    assert (done.exit_code, running.account.times("update_service")) == (2, 0)
    assert done.stderr == "REVISION: the one before cannot be deployed; orders:4 runs, others are: none\n"
