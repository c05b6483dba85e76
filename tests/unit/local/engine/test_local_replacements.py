"""Which changes replace a resource, as the aws provider has it."""

from __future__ import annotations

import pytest

from local.engine.replacements import replacing

SERVICE = "aws:ecs/service:Service"
FARGATE = [{"capacityProvider": "FARGATE", "weight": 1}]


@pytest.mark.parametrize("strategies", [FARGATE, []], ids=["comes or changes", "goes"])
def test_a_strategy_changes_in_place_with_a_new_deployment(strategies: list[object]):
    new = {"capacityProviderStrategies": strategies}

    assert replacing(SERVICE, {"capacityProviderStrategies"}, {**new, "forceNewDeployment": True}) == set()
    assert replacing(SERVICE, {"capacityProviderStrategies"}, new) == {"capacityProviderStrategies"}


def test_what_cannot_change_replaces():
    assert replacing("aws:sqs/queue:Queue", {"fifoQueue", "delaySeconds"}, {}) == {"fifoQueue"}
