"""When scheduled actions are due."""

from datetime import UTC, datetime, timedelta

import pytest

from worker_simulate.cloud.schedule import due
from worker_simulate.errors import SimulateError

BEGINS = datetime(2026, 6, 1, tzinfo=UTC)


def moments(schedule: str, timezone: str = "UTC", hours: int = 24) -> list[str]:
    is_due = due(schedule, timezone, BEGINS)
    minutes = (BEGINS + timedelta(minutes=number) for number in range(60 * hours))
    return [f"{minute:%a %H:%M}" for minute in minutes if is_due(minute)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("cron(0 0/5 * * ? *)", ["Mon 00:00", "Mon 05:00", "Mon 10:00", "Mon 15:00", "Mon 20:00"]),
        ("cron(0,30 8-9 ? * MON-FRI *)", ["Mon 08:00", "Mon 08:30", "Mon 09:00", "Mon 09:30"]),
        ("cron(0 8 ? * 1 *)", []),
        ("cron(0 8 ? * 2 *)", ["Mon 08:00"]),
        ("cron(0 8 2 6 ? 2026)", []),
        ("rate(8 hours)", ["Mon 08:00", "Mon 16:00"]),
        ("at(2026-06-01T09:30:00)", ["Mon 09:30"]),
    ],
)
def test_a_schedule_is_due(schedule: str, expected: list[str]):
    assert moments(schedule) == expected


def test_a_time_zone_has_its_summer():
    assert moments("cron(0 6 ? * MON-FRI *)", "Europe/Berlin") == ["Mon 04:00"]


def test_what_cannot_be_simulated_is_said():
    with pytest.raises(SimulateError, match="schedules: 'Europe/Berlinn' is not a time zone"):
        due("rate(1 day)", "Europe/Berlinn", BEGINS)
    with pytest.raises(SimulateError, match=r"cron\(0 6 L \* \? \*\): L cannot be simulated"):
        due("cron(0 6 L * ? *)", "UTC", BEGINS)
