"""Creates CodePipeline resources."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

ACTION = {
    "name": "name",
    "runOrder": "runOrder",
    "configuration": "configuration",
    "roleArn": "roleArn",
    "namespace": "namespace",
}
ACTION_TYPE = ("category", "owner", "provider", "version")


def pipeline(aws: Aws, resource: Resource) -> Outputs:
    """aws:codepipeline/pipeline:Pipeline."""
    declaration = pipeline_declaration(resource)
    name = declaration["name"]
    aws.client("codepipeline").create_pipeline(pipeline=declaration, tags=resource.tag_list("key", "value"))
    # moto's answer has no ARN.
    account = resource.inputs["roleArn"].split(":")[4]
    return {"id": name, "name": name, "arn": f"arn:aws:codepipeline:{aws.region}:{account}:{name}"}


def pipeline_declaration(resource: Resource) -> dict[str, Any]:
    """The pipeline as CodePipeline takes it, to create it or to change it."""
    [store] = resource.inputs["artifactStores"]
    return {
        "name": resource.physical_name(),
        "roleArn": resource.inputs["roleArn"],
        "artifactStore": {
            "type": store["type"],
            "location": store["location"],
            "encryptionKey": store["encryptionKey"],
        },
        "stages": [
            {"name": stage["name"], "actions": [_action(action) for action in stage["actions"]]}
            for stage in resource.inputs["stages"]
        ],
        "pipelineType": resource.inputs["pipelineType"],
        "executionMode": resource.inputs["executionMode"],
        "triggers": [_trigger(trigger) for trigger in resource.inputs.get("triggers", [])],
    }


def _action(inputs: dict[str, Any]) -> dict[str, Any]:
    return {
        **{aws: inputs[key] for key, aws in ACTION.items() if key in inputs},
        "actionTypeId": {key: inputs[key] for key in ACTION_TYPE},
        "inputArtifacts": [{"name": artifact} for artifact in inputs.get("inputArtifacts", [])],
        "outputArtifacts": [{"name": artifact} for artifact in inputs.get("outputArtifacts", [])],
    }


def _trigger(inputs: dict[str, Any]) -> dict[str, Any]:
    git = inputs["gitConfiguration"]
    return {
        "providerType": inputs["providerType"],
        "gitConfiguration": {"sourceActionName": git["sourceActionName"], "push": git["pushes"]},
    }
