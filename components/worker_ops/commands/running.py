"""`workers restart`, `rollback`, `scale`, `pause` and `resume`: what can be done to the running service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from worker_ops.account import reason_of
from worker_ops.errors import OpsError, Unfinished
from worker_ops.options import Context, command
from worker_ops.service.alarms import alarms_of
from worker_ops.service.ecs_service import EcsService, ecs_service

_SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
#: CloudWatch's own limit of one call.
_ALARMS_MOST = 100
_MOST_TASKS = 5_000


@command("restart")
def restart(context: Context) -> None:
    """Replace every task by a new one of the same revision, as a deployment does: nothing is lost.

    Example: workers restart --stack dev
    """
    service = ecs_service(context.place, context.service)
    service.update(forceNewDeployment=True)
    _done(
        context, {"restarted": service.name}, f"{service.name} replaces its tasks: `workers status --watch` shows it."
    )


@command("rollback")
def rollback(
    context: Context,
    revision: Annotated[int | None, typer.Argument(min=1, help="Revision; by itself the one before.")] = None,
) -> None:
    """Deploy an earlier revision of the task definition. The next `pulumi up` deploys what the program says.

    Example: workers rollback 41 --stack dev
    """
    service = ecs_service(context.place, context.service)
    running = service.describe()["taskDefinition"].rpartition("/")[2]
    family, _, number = running.rpartition(":")
    earlier = _revisions(service, family)
    wanted = revision or max((one for one in earlier if one < int(number)), default=0)
    if wanted not in earlier or wanted == int(number):
        others = ", ".join(str(one) for one in sorted(earlier) if one != int(number)) or "none"
        raise OpsError(
            f"REVISION: {wanted or 'the one before'} cannot be deployed; {running} runs, others are: {others}"
        )
    service.update(taskDefinition=f"{family}:{wanted}")
    _done(
        context,
        {"deploys": f"{family}:{wanted}", "was": running},
        f"{family}:{wanted} is deployed in place of {running}. The next `pulumi up` decides again.",
    )


@command("scale")
def scale(
    context: Context,
    least: Annotated[int, typer.Argument(metavar="MIN", min=0, max=_MOST_TASKS, help="Fewest tasks.")],
    most: Annotated[int, typer.Argument(metavar="MAX", min=0, max=_MOST_TASKS, help="Most tasks.")],
) -> None:
    """Change the bounds of scaling, as min_count and max_count say them, until the next `pulumi up`.

    Example: workers scale 2 20 --stack dev
    """
    if least > most:
        raise OpsError(f"MIN: {least} is more than MAX, {most}")
    service = ecs_service(context.place, context.service)
    service.register_target(MinCapacity=least, MaxCapacity=most)
    _done(
        context,
        {"min_count": least, "max_count": most},
        f"{service.name} scales from {least} to {most} tasks until the next `pulumi up`. To keep it:\n"
        f"  pulumi config set min_count {least}\n  pulumi config set max_count {most}",
    )


@command("pause")
def pause(context: Context) -> None:
    """Stop all tasks once they have drained, stop scaling, and silence the alarms. Messages wait in the queue.

    Example: workers pause --stack dev
    """
    service = ecs_service(context.place, context.service)
    names = [alarm["AlarmName"] for alarm in alarms_of(context.place.account, context.service)]
    steps = [
        # What would start a task again stops before the tasks do.
        ("scaling is suspended", lambda: _suspend(service, suspended=True)),
        ("the alarms are silent", lambda: _switch_alarms(context, "disable_alarm_actions", names)),
        ("the tasks drain", lambda: service.update(desiredCount=0)),
    ]
    _take(context, steps, "`workers pause` again does the rest, `workers resume` undoes it")
    _done(
        context,
        {"paused": service.name, "silenced_alarms": names},
        f"{service.name} is paused: its tasks drain, {len(names)} alarms are silent, messages wait.\n"
        "`workers resume` lets it work again; mind how long the queue keeps messages.",
    )


@command("resume")
def resume(context: Context) -> None:
    """Let a paused service work again, within the bounds that it had. Tasks that run go on.

    Example: workers resume --stack dev
    """
    service = ecs_service(context.place, context.service)
    target = service.scalable_target()
    # A pause that was cut off may have left tasks: what they work off is not to wait for fewer.
    tasks = max(1, target["MinCapacity"] if target else 1, service.describe()["desiredCount"])
    names = [alarm["AlarmName"] for alarm in alarms_of(context.place.account, context.service)]
    steps = [
        ("tasks start", lambda: service.update(desiredCount=tasks)),
        ("it scales", lambda: _suspend(service, suspended=False)),
        ("the alarms are on", lambda: _switch_alarms(context, "enable_alarm_actions", names)),
    ]
    _take(context, steps, "`workers resume` again does the rest")
    _done(
        context,
        {"resumed": service.name, "desired": tasks},
        f"{service.name} works again, with {tasks} task(s) at first; {len(names)} alarms are on.",
    )


def _revisions(service: EcsService, family: str) -> set[int]:
    """The revisions of the family that can be deployed."""
    pages = service.account.pages("ecs", "list_task_definitions", familyPrefix=family, status="ACTIVE")
    names = [arn.rpartition("/")[2].rpartition(":") for page in pages for arn in page["taskDefinitionArns"]]
    return {int(number) for name, _, number in names if name == family}


def _take(context: Context, steps: Sequence[tuple[str, Callable[[], None]]], then: str) -> None:
    """Take the steps in order; where one is cut off after others, say what is done, and what to do `then`."""
    done: list[str] = []
    for name, step in steps:
        try:
            step()
        except KeyboardInterrupt:
            if done:
                context.screen.say(_half_done(done, then), "yellow")
            raise
        except (OpsError, ClientError) as error:
            if not done:
                raise
            raise Unfinished(f"{reason_of(error)}\n{_half_done(done, then)}") from None
        done.append(name)


def _half_done(done: Sequence[str], then: str) -> str:
    return f"{', '.join(done)}, and no more is done: {then}"


def _suspend(service: EcsService, *, suspended: bool) -> None:
    target = service.scalable_target()
    if target is not None:
        service.register_target(SuspendedState=dict.fromkeys(_SUSPENDED, suspended))


def _switch_alarms(context: Context, operation: str, names: list[str]) -> None:
    for start in range(0, len(names), _ALARMS_MOST):
        context.place.account.call("cloudwatch", operation, AlarmNames=names[start : start + _ALARMS_MOST])


def _done(context: Context, document: dict[str, Any], text: str) -> None:
    context.screen.document(document)
    if not context.screen.as_json:
        context.screen.say(text, "green")
