"""`workers status`: how a worker service is."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from worker_ops.options import Context, command
from worker_ops.outage import Outage
from worker_ops.queues import queue_counts
from worker_ops.screen import Screen
from worker_ops.service.alarms import alarms_of, scales
from worker_ops.service.ecs_service import ecs_service
from worker_ops.service.queue_metrics import last_processed, oldest_seconds

_WATCH_SECONDS = 5


@command("status")
def status(
    context: Context,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every five seconds, until Ctrl-C.")] = False,
) -> None:
    """Show tasks, deployment, queues and alarms.

    Example: workers status --stack dev --watch
    """
    _show(context, _status(context))
    outage = Outage()
    while watch:
        time.sleep(_WATCH_SECONDS)
        with outage.outlived():
            _show(context, _status(context))


def _status(context: Context) -> dict[str, Any]:
    account, service = context.place.account, context.service
    now = datetime.now(UTC)
    processed, ages = last_processed(context.place, service, now), oldest_seconds(account, service, now)
    alarms = alarms_of(account, service)
    return {
        "service": service.name,
        "place": context.place.title,
        "tasks": _tasks(context),
        "queues": {
            queue.name: {
                **asdict(queue_counts(account, queue.url)),
                "dead_letters": queue_counts(account, queue.dead_letter_queue_url).total
                if queue.dead_letter_queue_url
                else None,
                "oldest_seconds": ages[queue.name],
                "last_processed": processed[queue.name],
            }
            for queue in service.queues
        },
        "alarms": {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms if not scales(alarm)},
        "scaling_alarms": {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms if scales(alarm)},
        "silent_alarms": [alarm["AlarmName"] for alarm in alarms if not alarm.get("ActionsEnabled", True)],
    }


def _tasks(context: Context) -> dict[str, Any] | None:
    """The tasks and their deployment; None where the place knows no ECS service."""
    if not context.service.ecs_service_name:
        return None
    described = ecs_service(context.place, context.service).describe()
    deployments = described.get("deployments", [])
    primary = next((one for one in deployments if one["status"] == "PRIMARY"), {})
    return {
        "desired": described["desiredCount"],
        "running": described["runningCount"],
        "pending": described["pendingCount"],
        "task_definition": described["taskDefinition"].rpartition("/")[2],
        "deployment": primary.get("rolloutState"),
        "because": primary.get("rolloutStateReason"),
        "events": [event["message"] for event in described.get("events", [])[:3]],
    }


def _show(context: Context, known: dict[str, Any]) -> None:
    screen = context.screen
    screen.document(known)
    if screen.as_json:
        return
    tasks = known["tasks"]
    screen.say(f"{known['service']} in {known['place']}")
    if tasks:
        screen.say(
            f"{tasks['running']} of {tasks['desired']} tasks run, {tasks['pending']} are starting: "
            f"{tasks['task_definition']}"
        )
        if tasks["deployment"] and tasks["deployment"] != "COMPLETED":
            screen.say(f"The deployment is {tasks['deployment']}: {tasks['because'] or 'no reason given'}", "yellow")
            for event in tasks["events"]:
                screen.say(f"  {event}")
    rows = [
        (
            name,
            *(_shown(counts[key]) for key in ("visible", "in_flight", "delayed", "oldest_seconds", "dead_letters")),
            counts["last_processed"] or "-",
        )
        for name, counts in known["queues"].items()
    ]
    screen.table(["queue", "waiting", "in flight", "delayed", "oldest, s", "dead letters", "last processed"], rows)
    _show_alarms(screen, known)
    if any(counts["dead_letters"] for counts in known["queues"].values()):
        screen.say("Why they are dead: workers dead-letters list --by reason", "yellow")


def _show_alarms(screen: Screen, known: dict[str, Any]) -> None:
    ringing = [name for name, state in known["alarms"].items() if state == "ALARM"]
    for name in ringing:
        screen.say(f"ALARM: {name}", "red")
    if not ringing:
        screen.say(f"None of {len(known['alarms'])} alarms rings.")
    if silent := known["silent_alarms"]:
        alarms = "1 alarm is" if len(silent) == 1 else f"{len(silent)} alarms are"
        screen.say(f"{alarms} silent, as after a pause: `workers resume` ends that.", "yellow")


def _shown(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"
