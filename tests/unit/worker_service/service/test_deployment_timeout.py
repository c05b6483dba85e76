"""How long `pulumi up` waits for a deployment."""

from typing import Any

import pytest

from tests.support.worker_service import deployed, problems_of


@pytest.mark.parametrize(
    ("args", "minutes"),
    [
        # 20 to start, and twice the longest window of the rollback alarms: by default 10 minutes of age.
        ({}, 40),
        ({"rollback_alarms": []}, 20),
        ({"rollback_alarms": ["dead_letter"]}, 22),
        ({"rollback_alarms": ["delivery_failure", "receive_failure"]}, 30),
        ({"rollback_alarms": ["no_consumer"], "no_consumer_alarm_minutes": 25}, 70),
        ({"age_alarm_minutes": 60}, 140),
        # An alarm that is off, or that no deployment rolls back on, is waited for by none.
        ({"age_alarm_minutes": 0}, 22),
        ({"age_alarm_minutes": 1_440, "rollback_alarms": ["dead_letter"]}, 22),
        # Protected tasks end what they do: twice a message, and an hour in which left-behind protection ends.
        ({"scale_in_protection": True, "message_processing_seconds": 30}, 40 + 60 + 1),
        # Long work is protected by itself.
        (
            {
                "message_processing_seconds": 7_200,
                "acceptable_latency_seconds": 7_200,
                "rollback_alarms": [],
            },
            20 + 60 + 240,
        ),
    ],
)
def test_a_deployment_is_waited_for_as_long_as_ecs_may_take(args: dict[str, Any], minutes: int):
    waited = f"{minutes}m"

    assert deployed(**args).one("aws:ecs/service:Service").custom_timeouts == {
        "create": waited,
        "update": waited,
        "delete": waited,
    }


@pytest.mark.parametrize("alarm", ["age", "no_consumer"])
def test_a_window_that_no_deployment_can_wait_for_is_refused(alarm: str):
    key = f"{alarm}_alarm_minutes"

    [problem] = problems_of(**{"rollback_alarms": [alarm], key: 61})

    assert problem == (
        f"{key}: 61 is above 60, the longest that a deployment waits for an alarm; lower it, or leave {alarm} out of"
        " rollback_alarms"
    )


def test_a_window_too_long_for_the_rollback_alarms_of_the_default_is_refused_too():
    assert [line.split(":")[0] for line in problems_of(age_alarm_minutes=61)] == ["age_alarm_minutes"]
