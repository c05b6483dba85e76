"""Creates CodeBuild resources. The box has none of CodeBuild's machines, so it builds nothing."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.emulator.codebuild.box_codebuild_response import digest_of
from local.provisioner.resource import Outputs, Resource

#: moto wants a location of every source and artifact; CodePipeline's and none's have none.
NO_LOCATION = "none"


def project(aws: Aws, resource: Resource) -> Outputs:
    """aws:codebuild/project:Project."""
    created = aws.client("codebuild").create_project(**project_settings(resource))["project"]
    return {"id": created["arn"], "arn": created["arn"], "name": created["name"]}


def project_settings(resource: Resource) -> dict[str, Any]:
    """The project as CodeBuild takes it, to create it or to change it."""
    inputs = resource.inputs
    logs = inputs.get("logsConfig", {}).get("cloudwatchLogs", {})
    artifacts = inputs["artifacts"]["type"]
    return {
        "name": resource.physical_name(),
        "description": inputs.get("description", ""),
        "source": {"location": NO_LOCATION, **inputs["source"]},
        "artifacts": {"type": artifacts, **({} if artifacts == "NO_ARTIFACTS" else {"location": NO_LOCATION})},
        "environment": _environment(inputs["environment"]),
        "serviceRole": inputs["serviceRole"],
        "encryptionKey": inputs["encryptionKey"],
        "timeoutInMinutes": inputs["buildTimeout"],
        "queuedTimeoutInMinutes": inputs["queuedTimeout"],
        "logsConfig": {"cloudWatchLogs": {"status": logs["status"], "groupName": logs["groupName"]}},
        "tags": resource.tag_list("key", "value"),
    }


def image_build(_aws: Aws, resource: Resource) -> Outputs:
    """pulumi-python:dynamic/workers:ImageBuild. Nothing is built: the digest is made from the content's hash."""
    tag = resource.inputs["image_tag"]
    return {"id": tag, "image": f"{resource.inputs['repository_url']}@{digest_of(tag)}"}


def _environment(inputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": inputs["type"],
        "image": inputs["image"],
        "computeType": inputs["computeType"],
        "privilegedMode": inputs.get("privilegedMode", False),
        "environmentVariables": [
            {"name": variable["name"], "value": variable["value"], "type": variable.get("type", "PLAINTEXT")}
            for variable in inputs.get("environmentVariables", [])
        ],
    }
