"""The components can be used from every Pulumi language: their schema, and inputs as other languages send them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi.provider.experimental.component import ComponentProvider

from tests.support.deploy import Deployment, deploy
from worker_service import DeployRole, Environment, PipelineComponent, WorkerService

SERVICE = "workers:index:WorkerService"
ENVIRONMENT = "workers:index:Environment"
PIPELINE = "workers:index:PipelineComponent"
DEPLOY_ROLE = "workers:index:DeployRole"
TARGET = "workers:index:PipelineTarget"

INPUTS = {
    SERVICE: {
        "acceptableLatencySeconds",
        "ageAlarmMinutes",
        "alarmEmail",
        "alarmTopicArn",
        "architecture",
        "assignPublicIp",
        "clusterArn",
        "concurrency",
        "cpu",
        "cpuTargetPercent",
        "dashboard",
        "deadLetterAlarmMessages",
        "deliveryFailureAlarmMessages",
        "desiredCount",
        "egressPorts",
        "enableExecuteCommand",
        "environment",
        "extraQueueNames",
        "fastScaling",
        "handler",
        "image",
        "kmsKeyArn",
        "logRetentionDays",
        "maxCount",
        "maxReceiveCount",
        "memory",
        "messageProcessingSeconds",
        "messageRetentionSeconds",
        "minCount",
        "noConsumerAlarmMinutes",
        "protect",
        "receiveFailureAlarmErrors",
        "rollbackAlarms",
        "scaleInAfterSeconds",
        "scaleInProtection",
        "scaling",
        "schedules",
        "subnetIds",
        "tags",
        "taskFailureAlarmTasks",
        "taskSize",
        "visibilityTimeoutSeconds",
        "vpcId",
    },
    ENVIRONMENT: {
        "clusterArn",
        "containerInsights",
        "environmentStack",
        "natGateways",
        "privateSubnetIds",
        "publicSubnetIds",
        "tags",
        "vpcId",
    },
    PIPELINE: {
        "accessTokenSecretArn",
        "architecture",
        "branch",
        "buildTimeoutMinutes",
        "connectionArn",
        "dockerfile",
        "environmentAccountIds",
        "keepImages",
        "logRetentionDays",
        "notificationEmail",
        "notificationTopicArn",
        "passphraseSecretArn",
        "programDir",
        "protect",
        "repositoryId",
        "secretsProvider",
        "serviceDir",
        "source",
        "stateBackendUrl",
        "tags",
        "targets",
        "unitTestCommand",
    },
    DEPLOY_ROLE: {"pipelineAccountId", "pipelineName", "pipelineRegion", "programNames", "tags", "target"},
}
REQUIRED_INPUTS = {
    SERVICE: {"clusterArn", "image", "subnetIds", "vpcId"},
    ENVIRONMENT: set(),
    PIPELINE: {"source"},
    DEPLOY_ROLE: {"pipelineAccountId", "pipelineRegion", "target"},
}
OUTPUTS = {
    SERVICE: {
        "dashboardUrl",
        "deadLetterQueueArn",
        "deadLetterQueueName",
        "deadLetterQueueUrl",
        "kmsKeyArn",
        "logGroupName",
        "queueArn",
        "queueName",
        "queueUrl",
        "securityGroupId",
        "serviceArn",
        "serviceName",
        "taskDefinitionArn",
        "taskRoleArn",
        "taskRoleName",
        "topicArn",
    },
    ENVIRONMENT: {"clusterArn", "privateSubnetIds", "publicSubnetIds", "vpcId"},
    PIPELINE: {
        "buildProjectName",
        "image",
        "pipelineArn",
        "pipelineUrl",
        "repositoryArn",
        "repositoryUrl",
        "sourceUri",
    },
    DEPLOY_ROLE: {"roleArn", "roleName"},
}
#: Outputs that are not there in every case.
OPTIONAL_OUTPUTS = {PIPELINE: {"image", "pipelineArn", "pipelineUrl", "sourceUri"}}
ENUMS = {
    "workers:index:Architecture": ["X86_64", "ARM64"],
    "workers:index:NatGateways": ["none", "single", "one_per_zone"],
    "workers:index:PipelineSource": ["directory", "connection", "s3"],
    "workers:index:RollbackAlarm": ["dead_letter", "age", "no_consumer", "delivery_failure", "receive_failure"],
    "workers:index:ScalingPreset": ["steady", "bursty", "batch", "proton"],
    "workers:index:TaskSize": ["x-small", "small", "medium", "large", "x-large"],
}

LEAST_INPUTS: dict[str, Any] = {
    "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/main",
    "vpcId": "vpc-1",
    "subnetIds": ["subnet-1"],
    "image": "nginx:1",
}


def provider() -> ComponentProvider:
    return ComponentProvider([DeployRole, Environment, PipelineComponent, WorkerService], "workers")


def schema() -> dict[str, Any]:
    return json.loads(provider().schema or "")


def construct(inputs: dict[str, Any]) -> Deployment:
    """Build a WorkerService as the host of a component package does for a program in another language."""
    return deploy(lambda: provider().construct("orders", SERVICE, {**LEAST_INPUTS, **inputs}).state)


@pytest.mark.parametrize("component", [SERVICE, ENVIRONMENT, PIPELINE, DEPLOY_ROLE])
def test_the_schema_has_exactly_these_inputs_and_outputs(component: str) -> None:
    definition = schema()["resources"][component]

    assert set(definition["inputProperties"]) == INPUTS[component]
    assert set(definition["requiredInputs"]) == REQUIRED_INPUTS[component]
    assert set(definition["properties"]) == OUTPUTS[component]
    assert set(definition["required"]) == OUTPUTS[component] - OPTIONAL_OUTPUTS.get(component, set())


def test_the_schema_has_exactly_these_choices() -> None:
    enums = {name: type_["enum"] for name, type_ in schema()["types"].items() if "enum" in type_}

    assert {name: [choice["value"] for choice in choices] for name, choices in enums.items()} == ENUMS


def test_a_schedule_has_exactly_these_fields() -> None:
    schedule = schema()["types"]["workers:index:ScalingSchedule"]

    assert set(schedule["properties"]) == {"schedule", "timezone", "minCount", "maxCount"}
    assert set(schedule["required"]) == {"schedule", "minCount", "maxCount"}


def test_a_target_is_a_type_of_its_own() -> None:
    target = schema()["types"][TARGET]

    assert set(target["properties"]) == {
        "accountId",
        "approval",
        "deployRole",
        "ecsService",
        "region",
        "stack",
        "testCommand",
    }
    assert set(target["required"]) == {"accountId", "deployRole", "stack"}


@pytest.mark.parametrize("component", [SERVICE, ENVIRONMENT, PIPELINE, DEPLOY_ROLE])
def test_every_input_and_output_is_described(component: str) -> None:
    definition = schema()["resources"][component]
    properties = [*definition["inputProperties"].items(), *definition["properties"].items()]

    assert [name for name, described in properties if not described.get("description")] == []


def test_inputs_by_schema_names_reach_the_component_and_its_outputs_come_back() -> None:
    inputs = {"taskSize": "small", "architecture": "ARM64", "protect": False, "environment": {"MODE": "fast"}}

    deployment = construct(inputs)

    task = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    assert (task["cpu"], task["memory"]) == ("512", "1024")
    assert task["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert {"name": "MODE", "value": "fast"} in json.loads(task["containerDefinitions"])[0]["environment"]
    assert not any(queue.protect for queue in deployment.all("aws:sqs/queue:Queue"))
    assert set(deployment.result) == OUTPUTS[SERVICE]
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

    deployment = deploy(lambda: provider().construct("orders", PIPELINE, inputs).state)

    stages = deployment.one("aws:codepipeline/pipeline:Pipeline").inputs["stages"]
    assert stages[2]["actions"][1]["roleArn"] == "arn:aws:iam::333344445555:role/deploy"
