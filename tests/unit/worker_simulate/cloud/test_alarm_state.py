"""Alarms turn as the tables of CloudWatch's user guide say.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import pytest

from worker_simulate.cloud.alarm_state import AlarmState, alarm_state

OK, ALARM, NONE = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
RETAINED = None
POINTS = {"0": False, "X": True, "-": None}

THREE_OF_THREE = [
    ("0 - X - X", OK, OK, OK, OK),
    ("- - - - 0", OK, OK, OK, OK),
    ("- - - - -", NONE, RETAINED, ALARM, OK),
    ("0 X X - X", ALARM, ALARM, ALARM, ALARM),
    ("- - X - -", ALARM, RETAINED, ALARM, OK),
]
TWO_OF_THREE = [
    ("0 - X - X", ALARM, ALARM, ALARM, ALARM),
    ("0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
    ("0 - X - -", OK, OK, ALARM, OK),
    ("- - - - 0", OK, OK, ALARM, OK),
    ("- - - X -", ALARM, RETAINED, ALARM, OK),
]
CASES = [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE]


@pytest.mark.parametrize("present", [OK, ALARM, NONE])
@pytest.mark.parametrize(("datapoints", "points", "missing", "ignore", "breaching", "not_breaching"), CASES)
def test_the_state_is_the_tables(
    datapoints: int,
    points: str,
    missing: AlarmState,
    ignore: AlarmState | None,
    breaching: AlarmState,
    not_breaching: AlarmState,
    present: AlarmState,
):
    expected = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for missing_data, state in expected.items():
        found = alarm_state(
            [POINTS[point] for point in points.split()],
            evaluation_periods=3,
            datapoints_to_alarm=datapoints,
            missing_data=missing_data,
            present=present,
        )
        assert found == (present if state is RETAINED else state), missing_data


def test_a_breach_that_is_too_young_waits_for_points_that_may_only_be_late():
    points = [None, None, None, None, True]

    assert alarm_state(points, evaluation_periods=3, datapoints_to_alarm=3, missing_data="missing", present=OK) == OK
