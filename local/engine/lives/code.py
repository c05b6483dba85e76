"""Reads, changes and deletes CodeBuild and CodePipeline resources."""

from __future__ import annotations

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.tags import tagging
from local.provisioner.codebuild import project_settings
from local.provisioner.codepipeline import pipeline_declaration
from local.provisioner.resource import Resource


def _read_project(aws: Aws, thing: Thing) -> Properties:
    name = thing.id.rpartition("/")[2]
    project = found(aws.client("codebuild").batch_get_projects(names=[name])["projects"])
    return {"name": project["name"], "arn": project["arn"], "description": project.get("description", "")}


def _update_project(aws: Aws, thing: Thing, changed: Resource) -> None:
    wanted = Resource(changed.type, changed.name, {**thing.known, **changed.inputs})
    aws.client("codebuild").update_project(**project_settings(wanted))


def _delete_project(aws: Aws, thing: Thing) -> None:
    aws.client("codebuild").delete_project(name=thing.id.rpartition("/")[2])


def _read_pipeline(aws: Aws, thing: Thing) -> Properties:
    pipeline = aws.client("codepipeline").get_pipeline(name=thing.id)["pipeline"]
    return {"name": pipeline["name"], "roleArn": pipeline["roleArn"]}


def _update_pipeline(aws: Aws, thing: Thing, changed: Resource) -> None:
    wanted = Resource(changed.type, changed.name, {**thing.known, **changed.inputs})
    aws.client("codepipeline").update_pipeline(pipeline=pipeline_declaration(wanted))


KINDS = {
    "aws:codebuild/project:Project": Kind(_read_project, _delete_project, _update_project),
    "aws:codepipeline/pipeline:Pipeline": Kind(
        _read_pipeline,
        lambda aws, thing: aws.client("codepipeline").delete_pipeline(name=thing.id),
        _update_pipeline,
        tagging("codepipeline", "resourceArn", known_by="arn", parameters=("tags", "tagKeys"), shape=("key", "value")),
    ),
}
