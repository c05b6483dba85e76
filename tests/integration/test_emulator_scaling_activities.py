"""What scaling has done in the emulator, as Application Auto Scaling tells it."""

from __future__ import annotations

from local.emulator import Emulator
from tests.support.emulator import Cloud


def test_what_scaling_did_is_told_of_each_service_the_newest_first() -> None:
    with Emulator() as emulator:
        scaling = Cloud(emulator).admin("application-autoscaling")
        emulator.tell_scaling("service/c/orders", 3, "alarm demand")
        emulator.tell_scaling("service/c/other", 9, "alarm demand")
        emulator.tell_scaling("service/c/orders", 1, "alarm quiet")

        told = scaling.describe_scaling_activities(ServiceNamespace="ecs", ResourceId="service/c/orders")
        newest = scaling.describe_scaling_activities(ServiceNamespace="ecs", MaxResults=2)["ScalingActivities"]

    activities = told["ScalingActivities"]
    assert [(one["Description"], one["Cause"], one["StatusCode"]) for one in activities] == [
        ("Setting desired count to 1.", "alarm quiet", "Successful"),
        ("Setting desired count to 3.", "alarm demand", "Successful"),
    ]
    assert activities[0]["StartTime"] >= activities[1]["StartTime"]
    assert [one["ResourceId"] for one in newest] == ["service/c/orders", "service/c/other"]


def test_a_new_account_has_scaled_nothing() -> None:
    with Emulator() as emulator:
        emulator.tell_scaling("service/c/orders", 3, "alarm demand")
    with Emulator() as emulator:
        scaling = Cloud(emulator).admin("application-autoscaling")
        assert scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"] == []
