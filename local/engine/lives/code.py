"""Reads, changes and deletes CodeBuild and CodePipeline resources."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.shapes import fitted
from local.engine.tags import tag_map, tagging
from local.provisioner.codebuild import NO_LOCATION, project_settings
from local.provisioner.codepipeline import ACTION, ACTION_TYPE, pipeline_declaration
from local.provisioner.resource import Resource

_PROJECT_DEFAULTS = {"type": "PLAINTEXT", "privilegedMode": False, "location": NO_LOCATION}
_PIPELINE_DEFAULTS = {"runOrder": 1}


def _read_project(aws: Aws, thing: Thing) -> Properties:
    name = thing.id.rpartition("/")[2]
    project = found(aws.client("codebuild").batch_get_projects(names=[name])["projects"])
    logs = project["logsConfig"]["cloudWatchLogs"]
    nested = {
        "artifacts": {key: project["artifacts"][key] for key in ("type", "location") if key in project["artifacts"]},
        "environment": project["environment"],
        "logsConfig": {"cloudwatchLogs": {"status": logs["status"], "groupName": logs["groupName"]}},
        "source": project["source"],
    }
    return {
        "name": project["name"],
        "arn": project["arn"],
        "description": project.get("description", ""),
        "serviceRole": project["serviceRole"],
        "encryptionKey": project["encryptionKey"],
        "buildTimeout": project["timeoutInMinutes"],
        "queuedTimeout": project["queuedTimeoutInMinutes"],
        **{key: fitted(live, thing.known.get(key), _PROJECT_DEFAULTS) for key, live in nested.items()},
        "tags": tag_map(project.get("tags", []), "key", "value"),
    }


def _update_project(aws: Aws, thing: Thing, changed: Resource) -> None:
    wanted = Resource(changed.type, changed.name, {**thing.known, **changed.inputs})
    aws.client("codebuild").update_project(**project_settings(wanted))


def _retag_project(aws: Aws, thing: Thing, to_set: dict[str, str], _to_remove: list[str]) -> None:
    """CodeBuild has no calls for tags: a project is changed with all that it has."""
    wanted = Resource("aws:codebuild/project:Project", thing.id, {**thing.known, "tags": to_set})
    aws.client("codebuild").update_project(**project_settings(wanted))


def _delete_project(aws: Aws, thing: Thing) -> None:
    aws.client("codebuild").delete_project(name=thing.id.rpartition("/")[2])


def _read_pipeline(aws: Aws, thing: Thing) -> Properties:
    codepipeline = aws.client("codepipeline")
    found_ = codepipeline.get_pipeline(name=thing.id)
    pipeline = found_["pipeline"]
    stages = [
        {"name": stage["name"], "actions": [_action(action) for action in stage["actions"]]}
        for stage in pipeline["stages"]
    ]
    arn = found_["metadata"]["pipelineArn"]
    return {
        "name": pipeline["name"],
        "roleArn": pipeline["roleArn"],
        "artifactStores": [pipeline["artifactStore"]],
        "stages": fitted(stages, thing.known.get("stages"), _PIPELINE_DEFAULTS),
        "pipelineType": pipeline["pipelineType"],
        "executionMode": pipeline["executionMode"],
        "triggers": [_trigger(trigger) for trigger in pipeline.get("triggers", [])],
        "tags": tag_map(codepipeline.list_tags_for_resource(resourceArn=arn)["tags"], "key", "value"),
    }


def _action(live: dict[str, Any]) -> dict[str, Any]:
    return {
        **{key: live[name] for key, name in ACTION.items() if name in live},
        **{key: live["actionTypeId"][key] for key in ACTION_TYPE},
        "inputArtifacts": [artifact["name"] for artifact in live.get("inputArtifacts", [])],
        "outputArtifacts": [artifact["name"] for artifact in live.get("outputArtifacts", [])],
    }


def _trigger(live: dict[str, Any]) -> dict[str, Any]:
    git = live["gitConfiguration"]
    return {
        "providerType": live["providerType"],
        "gitConfiguration": {"sourceActionName": git["sourceActionName"], "pushes": git.get("push", [])},
    }


def _update_pipeline(aws: Aws, thing: Thing, changed: Resource) -> None:
    wanted = Resource(changed.type, changed.name, {**thing.known, **changed.inputs})
    aws.client("codepipeline").update_pipeline(pipeline=pipeline_declaration(wanted))


KINDS = {
    "aws:codebuild/project:Project": Kind(_read_project, _delete_project, _update_project, _retag_project),
    "aws:codepipeline/pipeline:Pipeline": Kind(
        _read_pipeline,
        lambda aws, thing: aws.client("codepipeline").delete_pipeline(name=thing.id),
        _update_pipeline,
        tagging("codepipeline", "resourceArn", known_by="arn", parameters=("tags", "tagKeys"), shape=("key", "value")),
    ),
}
