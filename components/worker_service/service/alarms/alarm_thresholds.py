"""Which alarms there are, and at what: what the arguments of a WorkerService say of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from worker_service.service.choices import RollbackAlarm

#: The input that says when the alarm goes off, by the alarm's name; 0 turns it off.
THRESHOLD_INPUTS = {
    RollbackAlarm.DEAD_LETTER: "dead_letter_alarm_messages",
    RollbackAlarm.AGE: "age_alarm_minutes",
    RollbackAlarm.NO_CONSUMER: "no_consumer_alarm_minutes",
    RollbackAlarm.DELIVERY_FAILURE: "delivery_failure_alarm_messages",
    RollbackAlarm.RECEIVE_FAILURE: "receive_failure_alarm_errors",
}


def alarm_thresholds(args: Mapping[str, Any]) -> dict[str, int]:
    """The threshold of each alarm of topic, queue and log by its name; 0 turns it off."""
    return {alarm.value: args[key] for alarm, key in THRESHOLD_INPUTS.items()}


def rollback_alarms(args: Mapping[str, Any]) -> list[str]:
    """Names of the alarms that deployments roll back on; a default one that is turned off is none."""
    thresholds = alarm_thresholds(args)
    return [alarm for alarm in map(_name, args["rollback_alarms"]) if thresholds[alarm] > 0]


def rollback_conflicts(args: Mapping[str, Any], default: Iterable[RollbackAlarm]) -> Iterable[str]:
    """Alarms that somebody chose to roll back on and turned off."""
    # The default itself, not one that looks like it: whoever names an alarm means it.
    if args["rollback_alarms"] is default:
        return
    thresholds = alarm_thresholds(args)
    for alarm in map(_name, args["rollback_alarms"]):
        if thresholds[alarm] == 0:
            yield f"rollback_alarms: {alarm} is turned off by {THRESHOLD_INPUTS[RollbackAlarm(alarm)]} 0"


def _name(alarm: RollbackAlarm | str) -> str:
    return RollbackAlarm(alarm).value
