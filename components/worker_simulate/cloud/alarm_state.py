"""The state of an alarm by its data points, as CloudWatch's documents define it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum


class AlarmState(Enum):
    """As CloudWatch names them."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


#: Periods before the evaluated ones that are read too, for when newer points are missing.
EXTRA_PERIODS = 2


def alarm_state(
    breaching: Sequence[bool | None],
    *,
    evaluation_periods: int,
    datapoints_to_alarm: int,
    missing_data: str,
    present: AlarmState,
) -> AlarmState:
    """The state by the points of the evaluation range, newest last; None is a missing one.

    The newest points that exist count; only where they are too few `missing_data` says what fills their place.
    """
    existing = [point for point in breaching if point is not None][-evaluation_periods:]
    missing = evaluation_periods - len(existing)
    breaches = sum(existing)
    if missing_data == "breaching":
        breaches += missing
    if breaches >= datapoints_to_alarm:
        return AlarmState.ALARM
    is_unclear = missing > 0 and breaches == len(existing)
    if missing_data in ("breaching", "notBreaching") or not is_unclear:
        return AlarmState.OK
    if missing_data == "ignore":
        return present
    if not existing:
        return AlarmState.INSUFFICIENT_DATA
    oldest = next(index for index, point in enumerate(breaching) if point)
    is_old_enough = len(breaching) - oldest >= datapoints_to_alarm
    return AlarmState.ALARM if is_old_enough else present
