"""Application Auto Scaling in the box: what moto does not know is taken all the same."""

from __future__ import annotations

from typing import Any

from local.provisioner.autoscaling import policy
from local.provisioner.resource import Resource
from tests.support.worker_service import deployed


def test_a_forecast_is_taken_and_not_kept() -> None:
    [declared] = [
        resource
        for resource in deployed(predictive_scaling="forecast_and_scale").resources
        if resource.name.endswith("-predictive-policy")
    ]
    no_account: Any = None

    made = policy(no_account, Resource(declared.type, declared.name, declared.inputs))

    assert str(made["name"]).startswith(declared.name)
