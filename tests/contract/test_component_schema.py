"""The components can be used from every Pulumi language: their schema, and inputs as other languages send them."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from tests.support.deploy import Deployment, deploy
from worker_service.plugin import WorkersProvider

SERVICE = "workers:index:WorkerService"
ENVIRONMENT = "workers:index:Environment"
PIPELINE = "workers:index:PipelineComponent"
DEPLOY_ROLE = "workers:index:DeployRole"

LEAST_INPUTS: dict[str, Any] = {
    "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/main",
    "vpcId": "vpc-1",
    "subnetIds": ["subnet-1"],
    "image": "nginx:1",
}


def schema() -> dict[str, Any]:
    return json.loads(WorkersProvider().schema or "")


def construct(inputs: dict[str, Any]) -> Deployment:
    """Build a WorkerService as the host of a component package does for a program in another language."""
    return deploy(lambda: WorkersProvider().construct("orders", SERVICE, {**LEAST_INPUTS, **inputs}).state)


def descriptions(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: property_.get("description") for name, property_ in properties.items()}


def test_every_property_of_every_component_and_type_is_described() -> None:
    described = {
        f"{token}.{name}": description
        for token, definition in {**schema()["resources"], **schema()["types"]}.items()
        for part in ("inputProperties", "properties")
        for name, description in descriptions(definition.get(part, {})).items()
    }

    assert [name for name, description in described.items() if not description] == []
    assert len(described) > 100


def test_the_components_and_their_required_inputs_are_exactly_these() -> None:
    required = {token: set(definition["requiredInputs"]) for token, definition in schema()["resources"].items()}

    assert required == {
        SERVICE: {"clusterArn", "image", "subnetIds", "vpcId"},
        ENVIRONMENT: set(),
        PIPELINE: {"source"},
        DEPLOY_ROLE: {"pipelineAccountId", "pipelineRegion", "target"},
    }


def test_inputs_by_schema_names_reach_the_component_and_its_outputs_come_back() -> None:
    inputs = {"taskSize": "small", "architecture": "ARM64", "protect": False, "environment": {"MODE": "fast"}}

    deployment = construct(inputs)

    task = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    assert (task["cpu"], task["memory"]) == ("512", "1024")
    assert task["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert {"name": "MODE", "value": "fast"} in json.loads(task["containerDefinitions"])[0]["environment"]
    assert not any(queue.protect for queue in deployment.all("aws:sqs/queue:Queue"))
    assert set(deployment.result) == set(schema()["resources"][SERVICE]["properties"])
    assert deployment.result["queueName"].startswith("orders-queue-")


def test_a_schedule_by_schema_names_reaches_scaling() -> None:
    deployment = construct({"schedules": {"night": {"schedule": "rate(1 day)", "minCount": 0.0, "maxCount": 3.0}}})
    action = deployment.one("aws:appautoscaling/scheduledAction:ScheduledAction").inputs

    assert action["scalableTargetAction"] == {"minCapacity": 0, "maxCapacity": 3}


def test_whole_numbers_arrive_as_floats_and_are_taken() -> None:
    deployment = construct({"desiredCount": 2.0, "egressPorts": [443.0], "cpu": 512.0, "memory": 1024.0})

    assert deployment.one("aws:ecs/service:Service").inputs["desiredCount"] == 2
    assert deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["cpu"] == "512"


def test_targets_from_another_language_reach_the_pipeline() -> None:
    target = {"stack": "prod", "accountId": "333344445555", "deployRole": "deploy", "ecsService": "cluster/service"}
    inputs = {
        "source": "connection",
        "connectionArn": "arn:aws:codeconnections:eu-west-1:111122223333:connection/1a2b",
        "repositoryId": "example/orders",
        "environmentAccountIds": ["333344445555"],
        "keepImages": 7.0,
        "targets": [target],
    }

    deployment = deploy(lambda: WorkersProvider().construct("orders", PIPELINE, inputs).state)

    stages = deployment.one("aws:codepipeline/pipeline:Pipeline").inputs["stages"]
    assert stages[2]["actions"][1]["roleArn"] == "arn:aws:iam::333344445555:role/deploy"


def test_a_component_refuses_inputs_of_another_language_with_its_own_sentences() -> None:
    with pytest.raises(pulumi.InputPropertiesError) as refused:
        construct({"maxCount": -2.0, "environment": {"5x": "fast"}})

    assert refused.value.message.splitlines() == [
        "WorkerService 'orders' has invalid arguments:",
        "  environment key: '5x' is not a name of letters, digits and _ . -",
        "  max_count: -2 is not a whole number from 1 to 5000",
    ]


def test_an_image_is_not_built_for_a_program_in_another_language() -> None:
    with pytest.raises(pulumi.InputPropertiesError) as refused:
        WorkersProvider().construct("orders", PIPELINE, {"source": "directory"})

    assert refused.value.message.splitlines() == [
        "PipelineComponent 'orders' has invalid arguments:",
        "  source: 'directory' is not connection or s3; only a program that imports worker_service builds images",
    ]
