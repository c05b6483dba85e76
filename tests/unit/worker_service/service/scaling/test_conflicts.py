"""Bad settings of scaling and alarms are named with their rule."""

from typing import Any

import pytest

from tests.support.worker_service import deployed, problems_of
from worker_service.inputs.schedule_expression import ScheduleExpression

NIGHT = {"schedule": "cron(0 20 ? * MON-FRI *)", "min_count": 0, "max_count": 0}


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"min_count": -1}, "min_count: -1 is not a whole number from 0 to 5000"),
        ({"min_count": 5, "max_count": 4}, "min_count: 5 is above max_count 4"),
        ({"max_count": 0}, "max_count: 0 is not a whole number from 1 to 5000"),
        ({"desired_count": 0}, "desired_count: 0 needs min_count 0, not 1"),
        ({"scaling": "magic"}, "scaling: 'magic' is not one of steady, bursty, batch, proton"),
        (
            {"acceptable_latency_seconds": 60, "message_processing_seconds": 90},
            (
                "acceptable_latency_seconds: 60 is below message_processing_seconds 90;"
                " no number of tasks makes one message faster"
            ),
        ),
        (
            {"message_processing_seconds": 0},
            "message_processing_seconds: 0 is not a number from 0.001 to 43200",
        ),
        ({"concurrency": 0}, "concurrency: 0 is not a whole number from 1 to 1000"),
        ({"scale_in_after_seconds": 301}, "scale_in_after_seconds: 301 is not a multiple of 60 from 300 to 3600"),
        ({"cpu_target_percent": 95}, "cpu_target_percent: 95 is not a whole number from 10 to 90"),
        (
            {"cpu_target_percent": 70},
            (
                "cpu_target_percent: belongs to scaling proton; with the others the demand of the messages sets the"
                " count each minute and takes back what a CPU policy adds"
            ),
        ),
        ({"extra_queue_names": ["a"]}, "extra_queue_names: unknown"),
        (
            {"maximum_percent": 199},
            (
                "maximum_percent: 199 with minimum_healthy_percent 100 leaves a deployment of 1 task(s) no room;"
                " raise the one or lower the other"
            ),
        ),
        (
            {"scaling": "proton", "min_count": 1, "maximum_percent": 150},
            (
                "maximum_percent: 150 with minimum_healthy_percent 50 leaves a deployment of 1 task(s) no room;"
                " raise the one or lower the other"
            ),
        ),
        (
            {"scaling": "proton", "min_count": 0},
            "min_count: 0 needs another scaling than proton, which adds no task before 100 messages wait",
        ),
        (
            {"ignore_delayed_retries": True, "fast_scaling": True},
            "ignore_delayed_retries: has no part in what tasks publish with fast_scaling; choose one of the two",
        ),
        (
            {"limit_to_groups": True, "fast_scaling": True, "fifo": {"high_throughput": True}},
            "limit_to_groups: has no part in what tasks publish with fast_scaling; choose one of the two",
        ),
        (
            {"limit_to_groups": True},
            "limit_to_groups: is for FIFO queues, and the service has none that is known to be one",
        ),
        (
            {"scaling": "proton", "fast_scaling": True},
            "fast_scaling: scaling proton has no such thing; choose steady, bursty or batch",
        ),
        (
            {"scaling": "proton", "predictive_scaling": "forecast_only"},
            "predictive_scaling: scaling proton has no such thing; choose steady, bursty or batch",
        ),
        (
            {"predictive_scaling": "on"},
            "predictive_scaling: 'on' is not one of forecast_only, forecast_and_scale",
        ),
        (
            {"schedules": {"night": {**NIGHT, "min_count": 2}}},
            "schedules.night: min_count 2 is above max_count 0",
        ),
        ({"schedules": {"night": {"schedule": "rate(1 hour)", "min_count": 0}}}, "schedules.night.max_count: required"),
        (
            {"schedules": {"night": {**NIGHT, "time_zone": "UTC"}}},
            "schedules.night.time_zone: unknown; did you mean timezone?",
        ),
        (
            {"schedules": {"night": {**NIGHT, "timezone": "Berlin time"}}},
            "schedules.night.timezone: 'Berlin time' is not a time zone such as Europe/Berlin",
        ),
        (
            {"schedules": {"night": {**NIGHT, "schedule": "cron(0 \u00b2 ? * MON-FRI *)"}}},
            "schedules.night.schedule: 'cron(0 \u00b2 ? * MON-FRI *)': hours '\u00b2' is not in 0 to 23",
        ),
        (
            {"schedules": {"night": {**NIGHT, "schedule": "cron(0/\u0665 1 ? * MON-FRI *)"}}},
            "schedules.night.schedule: 'cron(0/\u0665 1 ? * MON-FRI *)': minutes '0/\u0665' is not in 0 to 59",
        ),
        (
            {"schedules": {"night": {**NIGHT, "schedule": "cron(0 25 ? * MON-FRI *)"}}},
            "schedules.night.schedule: 'cron(0 25 ? * MON-FRI *)': hours '25' is not in 0 to 23",
        ),
        (
            {"schedules": {"Night": NIGHT}},
            "schedules key: 'Night' is not 1 to 40 lower-case letters, digits and hyphens",
        ),
        (
            {"environment": {"WORKER_CONCURRENCY": "4"}},
            "environment: WORKER_CONCURRENCY is set by the service itself; choose another name",
        ),
        ({"alarm_email": "me"}, "alarm_email: 'me' is not an e-mail address"),
        (
            {"alarm_topic_arn": "alarms"},
            "alarm_topic_arn: 'alarms' is not a topic ARN such as arn:aws:sns:eu-west-1:111122223333:name",
        ),
        ({"age_alarm_minutes": -1}, "age_alarm_minutes: -1 is not a whole number from 0 to 1440"),
        (
            {"rollback_alarms": ["age"], "age_alarm_minutes": 0},
            "rollback_alarms: age is turned off by age_alarm_minutes 0",
        ),
        (
            {"rollback_alarms": ["cpu"]},
            (
                "rollback_alarms[0]: 'cpu' is not one of dead_letter, age, no_consumer, delivery_failure,"
                " receive_failure"
            ),
        ),
    ],
)
def test_a_bad_setting_is_named_with_its_rule(args: dict[str, Any], problem: str):
    assert problems_of(**args) == [problem]


@pytest.mark.parametrize(
    "args",
    [
        {"scaling": "proton", "cpu_target_percent": 70},
        {"min_count": 2, "maximum_percent": 150},
        {"min_count": 2, "minimum_healthy_percent": 50, "maximum_percent": 100},
        {"acceptable_latency_seconds": 90, "message_processing_seconds": 90},
        {"age_alarm_minutes": 0},
    ],
)
def test_what_just_fits_is_taken(args: dict[str, Any]):
    assert deployed(**args).all("aws:appautoscaling/target:Target")


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(0 20 ? * MON-FRI *)",
        "cron(0/15 6,18 1 JAN-MAR ? 2030-2035)",
        "cron(0 8 L * ? *)",
        "cron(0 8 15W * ? *)",
        "cron(0 8 ? * FRIL *)",
        "cron(0 8 ? * 2#1 *)",
        "cron(*/5 * * * ? *)",
        "rate(1 minute)",
        "rate(6 hours)",
        "at(2030-01-31T08:00:00)",
    ],
)
def test_schedules_that_aws_takes(schedule: str):
    assert ScheduleExpression().problems("s", schedule) == []


@pytest.mark.parametrize(
    ("schedule", "misfit"),
    [
        ("cron(0 20 ? * MON-FRI)", "a cron expression has 6 fields (minutes, hours, day of month, month, day of week,"),
        ("cron(60 20 ? * MON *)", "minutes '60' is not in 0 to 59"),
        ("cron(0 20 0 * ? *)", "day of month '0' is not in 1 to 31"),
        ("cron(0 20 ? 13 MON *)", "month '13' is not in 1 to 12"),
        ("cron(0 20 ? * MOON *)", "day of week 'MOON' is not in 1 to 7"),
        ("cron(0 20 ? * FRI-MON *)", "day of week 'FRI-MON' is not in 1 to 7"),
        ("cron(0 20 ? * 2#6 *)", "day of week '2#6' is not in 1 to 7"),
        ("cron(0 20 ? * MON 1969)", "year '1969' is not in 1970 to 2199"),
        ("cron(0/0 20 ? * MON *)", "minutes '0/0' is not in 0 to 59"),
        ("cron(0 20 * * * *)", "exactly one of day of month and day of week is '?'"),
        ("cron(0 20 ? * ? *)", "exactly one of day of month and day of week is '?'"),
        ("rate(0 hours)", "is not a schedule such as"),
        ("rate(5 weeks)", "is not a schedule such as"),
        ("at(2030-02-30T08:00:00)", "is not a schedule such as"),
        ("0 20 * * *", "is not a schedule such as"),
        (20, "is not a schedule such as"),
    ],
)
def test_schedules_that_aws_refuses_are_told_why(schedule: Any, misfit: str):
    [problem] = ScheduleExpression().problems("s", schedule)

    assert misfit in problem
